/**
 * data/rpo-within-backup-interval
 *
 * Owns one claim: what may be lost at most is not less than what a disaster at the worst moment loses. A backup holds the state at its
 * beginning, so the longest gap of the schedule and the duration of a backup both count; continuous archiving replaces both.
 */
import { formatDuration, longestGap, milliseconds, parseCron } from '../../../../schemas/units/index.ts';
import type { BackupModel, DatastoreModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const rpoWithinBackupInterval: Check = {
  id: 'data/rpo-within-backup-interval',
  code: 'SW-404',
  severity: 'error',
  title: 'The backup schedule cannot meet the recovery point objective',
  why: 'A disaster just before the next backup ends loses everything since the last finished one began.',
  hint: 'Run backups more often, or archive the log continuously with `backup.archiveTimeout`.',
  run: (model) => model.datastores.flatMap((datastore) => findingsOf(datastore)),
};

function findingsOf({ name, rpo, backup, origin }: DatastoreModel): Finding[] {
  if (rpo === undefined || backup === undefined) return [];
  const worst =
    backup.archiveTimeout === undefined ? lossByBackups(backup) : lossByArchive(backup, backup.archiveTimeout);
  if (worst === undefined || worst.total <= rpo) return [];
  return [
    {
      at: origin.of('rpo'),
      message: `\`${name}\` promises to lose at most ${formatDuration(rpo)}, but can lose ${formatDuration(milliseconds(worst.total))}`,
      arithmetic: [...worst.steps, `${formatDuration(milliseconds(worst.total))} > ${formatDuration(rpo)}`],
      hint:
        backup.archiveTimeout === undefined
          ? `Run backups at least every ${formatDuration(rpo)} minus their duration, or set \`backup.archiveTimeout\` to ${formatDuration(rpo)} or less.`
          : `Set \`backup.archiveTimeout\` to ${formatDuration(rpo)} or less.`,
      related: [
        {
          at: backup.origin.of(backup.archiveTimeout === undefined ? 'schedule' : 'archiveTimeout'),
          note: 'this sets how much can be lost',
        },
      ],
    },
  ];
}

interface Loss {
  readonly total: number;
  readonly steps: readonly string[];
}

function lossByBackups({ schedule, duration }: BackupModel): Loss | undefined {
  const cron = parseCron(schedule);
  const gap = cron.ok ? longestGap(cron.value) : undefined;
  if (gap === undefined) return undefined;
  const total = gap + duration;
  return {
    total,
    steps: [
      `longest gap of \`${schedule}\` = ${formatDuration(gap)}`,
      `${formatDuration(gap)} + duration ${formatDuration(duration)} = ${formatDuration(milliseconds(total))}`,
    ],
  };
}

const lossByArchive = (_backup: BackupModel, archiveTimeout: number): Loss => ({
  total: archiveTimeout,
  steps: [`longest time until a log segment is shipped = ${formatDuration(milliseconds(archiveTimeout))}`],
});
