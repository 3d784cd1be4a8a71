/**
 * A PostgreSQL server through `pg`.
 *
 * Owns pooling and its time limits: a server that is away or frozen costs a caller at most the limits below, never a
 * hanging request. TLS is what the URL says (`sslmode=verify-full`). The password in it never reaches a message.
 */

import pg from 'pg';
import { settledWithin } from '../../resilience/timeout.ts';
import type { Database, Session } from './database.ts';
import { listenToPostgres } from './listen-to-postgres.ts';

export interface PostgresOptions {
  readonly url: string;
  /** Most connections of the pool. Listening takes one more. */
  readonly max: number;
  readonly idleTimeoutMs: number;
  /** Longest wait for a connection, whether the pool is used up or the server does not answer. */
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Hears of connections that break while unused. */
  readonly onIdleError: (error: Error) => void;
}

/** What the client waits beyond the server's own limit before it takes the server for frozen. */
const GRACE_MS = 500;
const CLOSE_WITHIN_MS = 2_000;

/** Opens a pool; connects when first asked. */
export function openPostgresDatabase(options: PostgresOptions): Database {
  const { url, max, statementTimeoutMs, acquireTimeoutMs } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    idleTimeoutMillis: options.idleTimeoutMs,
    connectionTimeoutMillis: acquireTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + GRACE_MS,
    keepAlive: true,
    application_name: 'seaworthy-runtime',
    allowExitOnIdle: true,
  });
  pool.on('error', options.onIdleError);

  return {
    kind: 'postgresql',
    async query(sql, parameters = [], limitMs = statementTimeoutMs + GRACE_MS) {
      return (await pool.query({ text: sql, query_timeout: limitMs } as pg.QueryConfig, [...parameters])).rows;
    },
    async withSession(use, statementMs) {
      const client = await pool.connect();
      // A connection that breaks also fails the statement that waits on it; unheard, it would end the process.
      const onError = (): void => undefined;
      client.on('error', onError);
      const limit = statementMs === undefined ? {} : { query_timeout: statementMs + GRACE_MS };
      const session: Session = {
        query: async (sql, parameters = []) =>
          (await client.query({ text: sql, ...limit } as pg.QueryConfig, [...parameters])).rows,
        script: async (sql) => {
          await client.query({ text: sql, ...limit } as pg.QueryConfig);
        },
      };
      try {
        if (statementMs !== undefined) await session.script(`set statement_timeout = ${statementMs}`);
        const result = await use(session);
        client.off('error', onError);
        // A session with another limit is not lent again.
        client.release(statementMs !== undefined);
        return result;
      } catch (error) {
        // A session that failed half-way may hold a lock or an open transaction.
        client.release(true);
        throw error;
      }
    },
    listen: (listening) => listenToPostgres(url, listening),
    get pool() {
      return {
        inUse: pool.totalCount - pool.idleCount,
        idle: pool.idleCount,
        waiting: pool.waitingCount,
        max,
      };
    },
    async close() {
      // Connections that a frozen server holds end with their time limits; nobody waits for them.
      await settledWithin(CLOSE_WITHIN_MS, pool.end());
    },
  };
}
