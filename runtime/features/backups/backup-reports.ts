/**
 * The clock of recovery objectives: when each datastore was last backed up, and last restored for practice.
 *
 * Jobs report to one replica, every replica tells: where there is a database the reports are read from it, otherwise each
 * process knows only its own. Whether a backup is too old is judged by who reads; here are the times.
 */
import { BACKUP_KINDS, type BackupKind } from '../../../schemas/metrics.ts';
import type { Backup, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../../resilience/clock.ts';
import { settledWithin } from '../../resilience/timeout.ts';
import type { Query } from '../../storage/postgres/database.ts';
import { describeError, type Log } from '../../telemetry/log.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { BackupReport } from './backup-report.ts';
import { insertReport, latestReports } from './report-records.ts';

/** What is known of one datastore. */
export interface BackupState {
  readonly datastore: string;
  readonly objective: Backup;
  readonly lastBackup: BackupReport | undefined;
  readonly lastDrill: BackupReport | undefined;
  /** Of the good ones; undefined for never. */
  readonly lastGoodBackupMs: number | undefined;
  readonly lastGoodDrillMs: number | undefined;
}

export interface BackupReports {
  /** Follows a policy: which datastores there are. Reports stay. */
  use(policy: RuntimePolicy): void;
  has(datastore: string): boolean;
  /** Fails while there is a database and it is away: a job must know that its report did not count. */
  report(report: BackupReport): Promise<void>;
  list(): readonly BackupState[];
  /** Reads what other replicas were told, at most once in 10 s. Never fails, and waits a quarter of a second at most. */
  refresh(): Promise<void>;
  readonly isPersistent: boolean;
}

const FRESH_MS = 10_000;
const RETRY_MS = 1_000;
/** A scrape must not wait for a database that is away; what comes later is shown by the next. */
const PATIENCE_MS = 250;

export interface BackupReportsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly registry: MetricRegistry;
  /** Where all replicas read them. Undefined: each process knows only its own. */
  readonly query: Query | undefined;
}

interface Known {
  last?: BackupReport;
  lastGoodMs?: number;
}

export function createBackupReports({ clock, log, registry, query }: BackupReportsOptions): BackupReports {
  let objectives: ReadonlyMap<string, Backup> = new Map();
  const known = new Map<string, Known>();
  let refreshedMs = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;
  const count = registry.counter('backup_reports_total');

  function learn(report: BackupReport): void {
    const key = keyOf(report.datastore, report.kind);
    const entry = known.get(key) ?? {};
    // A report that comes late must not turn the clock back.
    if (entry.last === undefined || report.finishedAtMs >= entry.last.finishedAtMs) entry.last = report;
    if (report.ok) entry.lastGoodMs = Math.max(entry.lastGoodMs ?? 0, report.finishedAtMs);
    known.set(key, entry);
  }

  function stateOf([datastore, objective]: readonly [string, Backup]): BackupState {
    const backup = known.get(keyOf(datastore, 'backup'));
    const drill = known.get(keyOf(datastore, 'restore-drill'));
    return {
      datastore,
      objective,
      lastBackup: backup?.last,
      lastDrill: drill?.last,
      lastGoodBackupMs: backup?.lastGoodMs,
      lastGoodDrillMs: drill?.lastGoodMs,
    };
  }

  async function readAll(from: Query): Promise<void> {
    try {
      for (const report of await latestReports(from)) learn(report);
      refreshedMs = clock.nowMs();
    } catch (error) {
      refreshedMs = clock.nowMs() - FRESH_MS + RETRY_MS;
      log.debug(describeError(error), 'backup reports could not be read');
    }
  }

  const list = (): readonly BackupState[] => [...objectives].map(stateOf);
  registry.gauge('backup_last_success_timestamp_seconds', () =>
    list().map(({ datastore, lastGoodBackupMs = 0 }) => [lastGoodBackupMs / 1_000, { datastore }]),
  );
  registry.gauge('restore_drill_last_success_timestamp_seconds', () =>
    list().map(({ datastore, lastGoodDrillMs = 0 }) => [lastGoodDrillMs / 1_000, { datastore }]),
  );
  registry.gauge('backup_rpo_seconds', () =>
    list().map(({ datastore, objective }) => [objective.rpoMs / 1_000, { datastore }]),
  );

  return {
    use({ backups = {} }) {
      for (const datastore of Object.keys(backups)) {
        if (objectives.has(datastore)) continue;
        for (const kind of BACKUP_KINDS) for (const result of ['ok', 'failed']) count({ datastore, kind, result }, 0);
      }
      objectives = new Map(Object.entries(backups));
    },
    has: (datastore) => objectives.has(datastore),
    async report(report) {
      if (query !== undefined) await insertReport(query, report);
      learn(report);
      const { datastore, kind, ok, finishedAtMs, bytes } = report;
      count({ datastore, kind, result: ok ? 'ok' : 'failed' });
      const finished = new Date(finishedAtMs).toISOString();
      log[ok ? 'info' : 'warn']({ datastore, backup_kind: kind, ok, finished, bytes }, 'backup reported');
    },
    list,
    async refresh() {
      if (query === undefined || clock.nowMs() - refreshedMs < FRESH_MS) return;
      refreshing ??= readAll(query).finally(() => {
        refreshing = undefined;
      });
      await settledWithin(PATIENCE_MS, refreshing);
    },
    isPersistent: query !== undefined,
  };
}

function keyOf(datastore: string, kind: BackupKind): string {
  return `${kind} ${datastore}`;
}
