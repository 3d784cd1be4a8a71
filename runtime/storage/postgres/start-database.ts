/**
 * The start of the planned database: opened, brought up to date, and tried again until both have worked.
 *
 *   starting --migrated-->                          ready
 *   starting --another version's schema is there--> stuck
 *   starting --the embedded one cannot be opened--> stuck
 */
import type { Clock } from '../../resilience/clock.ts';
import type { Database } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { describeEmbeddedFailure } from './embedded-directory.ts';
import { asError } from './is-outage.ts';
import { type MigrationResult, migrate } from './migrate.ts';
import type { StoragePlan } from './plan-storage.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { createPrimary, type Primary } from './primary.ts';
import { createReplicaReader, type ReplicaReader } from './replica-reader.ts';
import { createRetryTimer } from './retry-timer.ts';
import type { StorageEvent } from './storage.ts';
import { StorageUnavailable } from './storage-unavailable.ts';

export interface StorageOptions {
  readonly plan: Extract<StoragePlan, { kind: 'postgresql' | 'embedded' }>;
  readonly clock: Clock;
  readonly onEvent: (event: StorageEvent) => void;
}

export type Stage =
  | Starting
  /** For good. `failure`: why the embedded one cannot be opened. */
  | { readonly kind: 'stuck'; readonly opened: Opened | undefined; readonly failure: string | undefined }
  | { readonly kind: 'ready'; readonly opened: Opened; readonly primary: Primary };

interface Starting {
  readonly kind: 'starting';
  opened: Opened | undefined;
  /** Whether it was said that the database is away. */
  isSaidAway: boolean;
  /** What runs once it is ready. */
  waiting: (() => void)[];
}

export interface Opened {
  readonly database: Database;
  readonly replica: ReplicaReader | undefined;
}

export interface DatabaseStart {
  readonly stage: Stage;
  /** The primary, or the failure that callers expect. */
  primary(): Primary;
  /** Runs once the schema is there: at once, later, or never. */
  whenReady(run: () => void): void;
  readonly firstAttempt: Promise<void>;
  stop(): void;
}

const RETRY_MS = 1_000;

export function startDatabase({ plan, clock, onEvent }: StorageOptions): DatabaseStart {
  const timer = createRetryTimer();
  const starting: Starting = { kind: 'starting', opened: undefined, isSaidAway: false, waiting: [] };
  let stage: Stage = starting;

  function primary(): Primary {
    if (stage.kind === 'ready') return stage.primary;
    throw new StorageUnavailable('the database is not ready');
  }

  async function attempt(): Promise<void> {
    let result: MigrationResult;
    try {
      starting.opened ??= await open();
      result = await migrate(starting.opened.database);
    } catch (error) {
      failed(error);
      return;
    }
    if (result.kind === 'migrated') becomeReady(starting.opened, result.applied);
    else {
      stage = { kind: 'stuck', opened: starting.opened, failure: undefined };
      onEvent(result);
    }
  }

  function becomeReady(opened: Opened, applied: readonly string[]): void {
    const { database } = opened;
    const onAway = (error: Error): void => onEvent({ kind: 'away', error });
    const onBack = (): void => onEvent({ kind: 'back' });
    stage = { kind: 'ready', opened, primary: createPrimary({ database, clock, onAway, onBack }) };
    onEvent({ kind: 'ready', database: database.kind, applied });
    for (const run of starting.waiting) run();
  }

  function failed(error: unknown): void {
    if (!starting.isSaidAway) onEvent({ kind: 'away', error: asError(error) });
    starting.isSaidAway = true;
    if (plan.kind === 'embedded' && starting.opened === undefined) {
      stage = { kind: 'stuck', opened: undefined, failure: describeEmbeddedFailure(plan.directory, error) };
    } else timer.schedule(attempt, RETRY_MS);
  }

  async function open(): Promise<Opened> {
    if (plan.kind === 'embedded') return { database: await openEmbeddedDatabase(plan.directory), replica: undefined };
    const { url, replica: second, ...figures } = plan;
    const onIdleError = (error: Error): void => {
      if (stage.kind === 'ready') stage.primary.lost(error);
    };
    const database = openPostgresDatabase({ url, ...figures, onIdleError });
    if (second === undefined) return { database, replica: undefined };
    const replica = createReplicaReader({
      replica: openPostgresDatabase({ url: second.url, ...figures, onIdleError: () => undefined }),
      askPrimary: async (sql) => primary().ask((asked) => asked.query(sql, [])),
      maxLagMs: second.maxLagMs,
      clock,
      onChange: (isUsed, lagMs) => onEvent({ kind: 'replica', isUsed, lagMs }),
    });
    return { database, replica };
  }

  return {
    get stage() {
      return stage;
    },
    primary,
    whenReady(run) {
      if (stage.kind === 'ready') run();
      else starting.waiting.push(run);
    },
    firstAttempt: attempt(),
    stop() {
      timer.stop();
      starting.waiting = [];
      if (stage.kind === 'ready') stage.primary.close();
    },
  };
}
