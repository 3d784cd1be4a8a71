/**
 * Opens the planned database, brings it up to date, and keeps its outages away from whoever asks.
 *
 * Owns the retries at start, the circuit, and which of primary and replica is read. Every failure that callers must expect
 * is `StorageUnavailable`; a database that is away or frozen costs the first few callers a short wait and the others none.
 */
import type { Clock } from '../../resilience/clock.ts';
import { settledWithin, within } from '../../resilience/timeout.ts';
import { createCircuit } from './circuit.ts';
import type { Database, Listener, PoolReading } from './database.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { describeEmbeddedFailure } from './embedded-directory.ts';
import { inTransaction } from './in-transaction.ts';
import { isOutage } from './is-outage.ts';
import { type MigrationResult, migrate } from './migrate.ts';
import type { StoragePlan } from './plan-storage.ts';
import { openPostgresDatabase } from './postgres-database.ts';
import { createReplicaReader, type ReplicaReader } from './replica-reader.ts';
import type { Storage, StorageEvent } from './storage.ts';
import { StorageUnavailable } from './storage-unavailable.ts';

export interface StorageOptions {
  readonly plan: Extract<StoragePlan, { kind: 'postgresql' | 'embedded' }>;
  readonly clock: Clock;
  readonly onEvent: (event: StorageEvent) => void;
}

/** Long enough for a new connection with TLS in one region; a request that waits longer is better told to try again. */
const LOOK_UP_MS = 250;
const GIVE_UP_MS = 4 * LOOK_UP_MS;
/** A replica that takes longer is not worth waiting for, since the primary can be asked. */
const REPLICA_LOOK_UP_MS = 50;
const RETRY_MS = 1_000;
const PROBE_MS = 500;
const PROBE_LIMIT_MS = 1_000;
const START_WITHIN_MS = 3_000;
const NO_POOL: PoolReading = { inUse: 0, idle: 0, waiting: 0, max: 0 };

export function openStorage({ plan, clock, onEvent }: StorageOptions): Storage {
  const reads = { primary: 0, replica: 0 };
  let database: Database | undefined;
  let replica: ReplicaReader | undefined;
  let isMigrated = false;
  let isSaidAway = false;
  let failure: string | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;
  let whenMigrated: (() => void)[] = [];

  const circuit = createCircuit((isUp, error) => {
    if (!isMigrated) return;
    if (isUp) {
      onEvent({ kind: 'back' });
      return;
    }
    onEvent({ kind: 'away', error: error ?? new Error('the database does not answer') });
    schedule(probe, PROBE_MS);
  });

  async function attempt(): Promise<void> {
    try {
      database ??= await open();
      report(database, await migrate(database));
    } catch (error) {
      if (!isSaidAway) onEvent({ kind: 'away', error: asError(error) });
      isSaidAway = true;
      if (plan.kind === 'embedded' && database === undefined) {
        failure = describeEmbeddedFailure(plan.directory, error);
        return;
      }
      schedule(attempt, RETRY_MS);
    }
  }

  function report(opened: Database, result: MigrationResult): void {
    if (result.kind === 'refused') {
      onEvent(result);
      return;
    }
    circuit.succeeded();
    isMigrated = true;
    onEvent({ kind: 'ready', database: opened.kind, applied: result.applied });
    if (isClosed) return;
    for (const run of whenMigrated) run();
    whenMigrated = [];
  }

  function open(): Database | Promise<Database> {
    if (plan.kind === 'embedded') return openEmbeddedDatabase(plan.directory);
    const onIdleError = (error: Error): void => circuit.failed(error);
    const { url, replica: second, ...figures } = plan;
    const primary = openPostgresDatabase({ url, ...figures, onIdleError });
    if (second !== undefined) {
      replica = createReplicaReader({
        replica: openPostgresDatabase({ url: second.url, ...figures, onIdleError: () => undefined }),
        askPrimary: (sql) => query(sql, []),
        maxLagMs: second.maxLagMs,
        clock,
        onChange: (isUsed, lagMs) => onEvent({ kind: 'replica', isUsed, lagMs }),
      });
    }
    return primary;
  }

  async function probe(): Promise<void> {
    await check('select 1').catch(() => undefined);
    if (!circuit.isUp) schedule(probe, PROBE_MS);
  }

  function schedule(run: () => Promise<void>, ms: number): void {
    clearTimeout(timer);
    // Replicas that lost the same server do not come back to it at the same instant.
    if (!isClosed) timer = setTimeout(() => void run(), ms * (0.75 + Math.random() / 2)).unref();
  }

  function ask<Result>(question: (primary: Database) => Promise<Result>, limitMs?: number): Promise<Result> {
    if (!circuit.isUp) return Promise.reject(new StorageUnavailable('the database is away'));
    return tell(question, limitMs);
  }

  async function check(sql: string): Promise<void> {
    await tell((primary) => primary.query(sql, [], PROBE_LIMIT_MS), PROBE_LIMIT_MS);
  }

  /** One question to the primary, which also tells the circuit how it went. */
  async function tell<Result>(question: (primary: Database) => Promise<Result>, limitMs?: number): Promise<Result> {
    if (!isMigrated || database === undefined) throw new StorageUnavailable('the database is not ready');
    try {
      const answer = question(database);
      const result = await (limitMs === undefined ? answer : within(limitMs, answer));
      circuit.succeeded();
      return result;
    } catch (error) {
      if (!isOutage(error)) {
        circuit.succeeded();
        throw error;
      }
      circuit.failed(asError(error));
      throw new StorageUnavailable('the database did not answer', { cause: error });
    }
  }

  const query: Storage['query'] = (sql, parameters = []) => ask((primary) => primary.query(sql, parameters));

  async function readReplica(sql: string, parameters: readonly unknown[], limitMs?: number) {
    const rows = await replica?.read(sql, parameters, limitMs);
    if (replica !== undefined) reads[rows === undefined ? 'primary' : 'replica'] += 1;
    return rows;
  }

  const firstAttempt = attempt();
  return {
    query,
    read: async (sql, parameters = []) => (await readReplica(sql, parameters)) ?? query(sql, parameters),
    async lookUp(sql, parameters, isFresh) {
      const rows = isFresh ? undefined : await readReplica(sql, parameters, REPLICA_LOOK_UP_MS);
      // A row that is not there yet may be on its way: only the primary can deny.
      if (rows !== undefined && rows.length > 0) return rows;
      // The connection is given up later than the wait for it, since a slow answer is no reason to connect again.
      return ask((primary) => primary.query(sql, parameters, GIVE_UP_MS), LOOK_UP_MS);
    },
    check,
    transaction: (use) => ask((primary) => primary.withSession((session) => inTransaction(session, use))),
    listen(options) {
      let listener: Listener | undefined;
      const start = (): void => {
        listener = database?.listen(options);
      };
      if (isMigrated) start();
      else whenMigrated.push(start);
      return {
        get isListening() {
          return listener?.isListening ?? false;
        },
        close: async () => listener?.close(),
      };
    },
    state: {
      get isUp() {
        return isMigrated && circuit.isUp;
      },
      get failure() {
        return failure;
      },
      get primary() {
        return database?.pool ?? NO_POOL;
      },
      get replica() {
        if (replica === undefined) return undefined;
        return { ...replica.database.pool, isUsed: replica.isUsed, lagMs: replica.lagMs };
      },
      reads,
    },
    // The embedded one is here, however long it takes to start; a server may be frozen.
    firstAttempt:
      plan.kind === 'embedded' ? firstAttempt : settledWithin(START_WITHIN_MS, firstAttempt).then(() => undefined),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await settledWithin(START_WITHIN_MS, firstAttempt);
      await replica?.close();
      await database?.close();
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
