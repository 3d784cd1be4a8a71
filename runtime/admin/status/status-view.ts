/**
 * What the status shows, as plain values: the page and its JSON are two renderings of this.
 *
 * Everything is of this replica unless it says otherwise. Names are the policy's; there is no tenant, key or client in it,
 * since it is shown to whoever reaches the port.
 */

import type { CacheReport, ListedPool, QueueReading } from '../../features.ts';
import type { DependencyState, Verdict } from '../../http/health/readiness.ts';
import type { OverrideState } from '../../process/apply-overrides.ts';
import type { Unenforced } from '../../process/unenforced.ts';
import type { ListedBreaker } from '../../proxy/breakers.ts';

/** `bad` wants a person now, `warn` wants one today. */
export type Level = 'ok' | 'warn' | 'bad';

export interface StatusView {
  readonly system: string;
  readonly environment: string;
  readonly stage: string;
  readonly version: string;
  readonly nowMs: number;
  readonly startedMs: number;
  readonly readiness: Verdict['status'];
  readonly dependencies: readonly DependencyState[];
  readonly activeRequests: number;
  readonly objectives: readonly ObjectiveView[];
  readonly limits: readonly LimitView[];
  readonly breakers: readonly ListedBreaker[];
  readonly pools: readonly ListedPool[];
  readonly caches: readonly CacheReport[];
  readonly queues: readonly QueueView[];
  readonly backups: readonly BackupView[];
  /** Whether backup reports outlive this process and are shared by replicas. */
  readonly isPersistent: boolean;
  readonly policy: PolicyView;
}

export interface ObjectiveView {
  readonly name: string;
  /** Milliseconds of a latency objective; undefined for availability. */
  readonly withinMs: number | undefined;
  readonly target: number;
  readonly windowMs: number;
  readonly total: number;
  readonly bad: number;
  /** Share of good requests; undefined before the first. */
  readonly good: number | undefined;
  /** How many times faster than the objective allows the budget is being spent, since the start; undefined before the first. */
  readonly burn: number | undefined;
  /** Share of the whole window's budget that is spent, as if its traffic were as it was since the start. */
  readonly spent: number | undefined;
}

export interface LimitView {
  readonly name: string;
  readonly admitted: number;
  readonly refused: number;
}

export interface QueueView {
  readonly name: string;
  /** Of all replicas; undefined while its Redis does not answer. */
  readonly reading: QueueReading | undefined;
}

export interface BackupView {
  readonly datastore: string;
  readonly rpoMs: number;
  readonly drillEveryMs: number | undefined;
  readonly lastGoodBackupMs: number | undefined;
  readonly lastGoodDrillMs: number | undefined;
  readonly lastBackupFailed: boolean;
  readonly lastDrillFailed: boolean;
}

export interface PolicyView {
  /** In force. */
  readonly digest: string;
  /** Of the file now; undefined where there is none, or it cannot be read. */
  readonly fileDigest: string | undefined;
  /** What the deployment says should be in force (SEAWORTHY_EXPECTED_DIGEST); undefined where it says nothing. */
  readonly expectedDigest: string | undefined;
  readonly lastReload: ReloadView | undefined;
  readonly overrides: readonly OverrideState[];
  readonly unenforced: readonly Unenforced[];
}

export interface ReloadView {
  readonly atMs: number;
  readonly result: 'reloaded' | 'unchanged' | 'refused';
  readonly reasons: readonly string[];
}
