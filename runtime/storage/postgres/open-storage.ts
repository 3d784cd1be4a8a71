/**
 * Opens the planned database and keeps its outages away from who asks.
 *
 * Owns which of primary and replica is read, and how long a request waits for either. Relies on start-database.ts for the
 * start and on primary.ts for the outages. Every failure that callers must expect is `StorageUnavailable`.
 */
import { settledWithin } from '../../resilience/timeout.ts';
import type { Database, Listener, PoolReading } from './database.ts';
import { inTransaction } from './in-transaction.ts';
import { type DatabaseStart, type Opened, type Stage, type StorageOptions, startDatabase } from './start-database.ts';
import type { Storage, StorageState } from './storage.ts';

/** Long enough for a new connection with TLS in one region; a request that waits longer is better told to try again. */
const LOOK_UP_MS = 250;
const GIVE_UP_MS = 4 * LOOK_UP_MS;
/** A replica that takes longer is not worth waiting for, since the primary can be asked. */
const REPLICA_LOOK_UP_MS = 50;
const START_WITHIN_MS = 3_000;
const NO_POOL: PoolReading = { inUse: 0, idle: 0, waiting: 0, max: 0 };

export function openStorage(options: StorageOptions): Storage {
  const start = startDatabase(options);
  const reads = { primary: 0, replica: 0 };

  async function ask<Result>(question: (primary: Database) => Promise<Result>, limitMs?: number): Promise<Result> {
    return start.primary().ask(question, limitMs);
  }

  const query: Storage['query'] = (sql, parameters = []) => ask((primary) => primary.query(sql, parameters));

  async function readReplica(sql: string, parameters: readonly unknown[], limitMs?: number) {
    const { replica } = openedBy(start.stage);
    const rows = await replica?.read(sql, parameters, limitMs);
    if (replica !== undefined) reads[rows === undefined ? 'primary' : 'replica'] += 1;
    return rows;
  }

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
    check: async (sql) => start.primary().check(sql),
    transaction: (use) => ask((primary) => primary.withSession((session) => inTransaction(session, use))),
    listen(listening) {
      let listener: Listener | undefined;
      start.whenReady(() => {
        listener = openedBy(start.stage).database?.listen(listening);
      });
      return {
        get isListening() {
          return listener?.isListening ?? false;
        },
        close: async () => listener?.close(),
      };
    },
    state: readState(start, reads),
    // The embedded one is here, however long it takes to start; a server may be frozen.
    firstAttempt:
      options.plan.kind === 'embedded'
        ? start.firstAttempt
        : settledWithin(START_WITHIN_MS, start.firstAttempt).then(() => undefined),
    async close() {
      start.stop();
      await settledWithin(START_WITHIN_MS, start.firstAttempt);
      const { database, replica } = openedBy(start.stage);
      await replica?.close();
      await database?.close();
    },
  };
}

function openedBy({ opened }: Stage): Partial<Opened> {
  return opened ?? {};
}

function readState(start: DatabaseStart, reads: StorageState['reads']): StorageState {
  return {
    get isUp() {
      return start.stage.kind === 'ready' && start.stage.primary.isUp;
    },
    get failure() {
      return start.stage.kind === 'stuck' ? start.stage.failure : undefined;
    },
    get primary() {
      return openedBy(start.stage).database?.pool ?? NO_POOL;
    },
    get replica() {
      const { replica } = openedBy(start.stage);
      return replica && { ...replica.database.pool, isUsed: replica.isUsed, lagMs: replica.lagMs };
    },
    reads,
  };
}
