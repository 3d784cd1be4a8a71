/**
 * data/retention-covers-rpo
 *
 * Owns one claim: at any moment at least two finished backups exist, and they reach back at least as far as the recovery point.
 */
import { formatDuration, longestGap, milliseconds, parseCron } from '../../../../schemas/units/index.ts';
import type { DatastoreModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const retentionCoversRpo: Check = {
  id: 'data/retention-covers-rpo',
  code: 'SW-406',
  severity: 'error',
  title: 'Backups are removed too early',
  why: 'When the newest backup turns out to be damaged, there must be one before it.',
  hint: 'Keep backups for at least two intervals of their schedule, and for at least the recovery point objective.',
  run: ({ datastores }) => datastores.flatMap((datastore) => findingsOf(datastore)),
};

function findingsOf({ name, rpo, backup }: DatastoreModel): Finding[] {
  if (backup === undefined) return [];
  const cron = parseCron(backup.schedule);
  const gap = cron.ok ? longestGap(cron.value) : undefined;
  if (gap === undefined) return [];
  const needed = Math.max(2 * gap + backup.duration, rpo ?? 0);
  if (backup.retention >= needed) return [];
  return [
    {
      at: backup.origin.of('retention'),
      message: `backups of \`${name}\` are kept for ${formatDuration(backup.retention)}, but must be kept for ${formatDuration(milliseconds(needed))}`,
      arithmetic: [
        `two intervals and one backup = 2 x ${formatDuration(gap)} + ${formatDuration(backup.duration)} = ${formatDuration(milliseconds(2 * gap + backup.duration))}`,
        ...(rpo === undefined ? [] : [`recovery point objective = ${formatDuration(rpo)}`]),
      ],
      related: [{ at: backup.origin.of('schedule'), note: 'the schedule is set here' }],
    },
  ];
}
