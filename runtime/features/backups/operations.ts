/**
 * Reports of backup jobs and rehearsed restores, and the clock that they wind.
 *
 * A job that is told 503 must say it again: its report is not on the clock.
 */

import { BACKUP_KINDS, type BackupKind } from '../../../schemas/metrics.ts';
import {
  AWAY,
  json,
  type Operation,
  operation,
  operationWithBody,
  problem,
  type Result,
} from '../../http/operations/operation.ts';
import { COUNT, list, NAME, object, present, presentTimes, SWITCH, TIME } from '../../http/operations/schemas.ts';
import type { Clock } from '../../resilience/clock.ts';
import { isUnavailable } from '../../storage/postgres/storage-unavailable.ts';
import type { BackupReport } from './backup-report.ts';
import type { BackupReports, BackupState } from './backup-reports.ts';

const CHECKSUM = { type: 'string', pattern: '^[A-Za-z0-9+/=:_-]{1,200}$' };
const KIND = { enum: [...BACKUP_KINDS] };

const STATE = object({
  datastore: NAME,
  rpoMs: COUNT,
  'rtoMs?': COUNT,
  'drillEveryMs?': COUNT,
  'lastGoodBackupAt?': TIME,
  'lastGoodDrillAt?': TIME,
  'lastBackupOk?': SWITCH,
  'lastDrillOk?': SWITCH,
  'lastBackupBytes?': COUNT,
  isWithinRpo: SWITCH,
});

interface ReportBody {
  readonly datastore: string;
  readonly kind: BackupKind;
  readonly finishedAt: string;
  readonly ok: boolean;
  readonly bytes?: number;
  readonly checksum?: string;
}

/** Clocks differ; a report from further in the future is a mistake. */
const MAX_AHEAD_MS = 300_000;

export interface BackupParts {
  readonly backups: BackupReports;
  readonly clock: Clock;
}

export function backupOperations({ backups, clock }: BackupParts): readonly Operation[] {
  return [
    operation({
      id: 'listBackups',
      method: 'GET',
      path: '/v1/admin/backups',
      summary: 'When each datastore was last backed up and last restored for practice.',
      access: 'admin',
      answers: {
        200: { description: 'All datastores.', schema: object({ items: list(STATE), isPersistent: SWITCH }) },
      },
      async run() {
        await backups.refresh();
        const items = backups.list().map((state) => describeState(state, clock.wallMs()));
        return json(200, { items, isPersistent: backups.isPersistent });
      },
    }),
    operationWithBody<ReportBody>({
      id: 'reportBackup',
      method: 'POST',
      path: '/v1/admin/backups',
      summary: 'Reports a backup or a rehearsed restore that has ended, good or bad.',
      access: 'admin',
      body: object({
        datastore: NAME,
        kind: KIND,
        finishedAt: TIME,
        ok: SWITCH,
        'bytes?': COUNT,
        'checksum?': CHECKSUM,
      }),
      answers: { 201: { description: 'It is on the clock.', schema: object({ backup: STATE }) } },
      problems: [422, 503],
      change: (_call, { datastore, kind, ok }) => ({
        action: 'backup.report',
        subject: datastore,
        detail: { kind, ok: String(ok) },
      }),
      async run(_call, { finishedAt, ...rest }) {
        const report: BackupReport = { ...rest, finishedAtMs: Date.parse(finishedAt) };
        const fault = faultOf(report);
        if (fault !== undefined) return fault;
        try {
          await backups.report(report);
        } catch (error) {
          if (!isUnavailable(error)) throw error;
          return AWAY;
        }
        const [state] = backups.list().filter((known) => known.datastore === report.datastore);
        return state === undefined
          ? problem(404, 'The policy names no such datastore.')
          : json(201, { backup: describeState(state, clock.wallMs()) });
      },
    }),
  ];

  function faultOf({ datastore, finishedAtMs }: BackupReport): Result | undefined {
    if (!backups.has(datastore)) return problem(404, 'The policy names no such datastore.');
    if (finishedAtMs > clock.wallMs() + MAX_AHEAD_MS) return problem(422, 'finishedAt is in the future.');
    return undefined;
  }
}

function describeState(state: BackupState, nowMs: number): Readonly<Record<string, unknown>> {
  const { datastore, objective, lastBackup, lastDrill, lastGoodBackupMs, lastGoodDrillMs } = state;
  return {
    datastore,
    ...present({
      ...objective,
      lastBackupOk: lastBackup?.ok,
      lastDrillOk: lastDrill?.ok,
      lastBackupBytes: lastBackup?.bytes,
    }),
    ...presentTimes({ lastGoodBackupAt: lastGoodBackupMs, lastGoodDrillAt: lastGoodDrillMs }),
    isWithinRpo: lastGoodBackupMs !== undefined && nowMs - lastGoodBackupMs <= objective.rpoMs,
  };
}
