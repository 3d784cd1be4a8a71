/**
 * A PostgreSQL server through `pg`.
 *
 * Owns pooling and its time limits: a server that is away or frozen costs a caller at most the limits below, never a
 * hanging request. The password in the URL never reaches a message.
 */
import pg from 'pg';
import type { Database, Session } from './database.ts';

const MAX_CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 2_000;

/** Opens a pool; connects when first asked. `onIdleError` hears of connections that break while unused. */
export function openPostgresDatabase(url: string, onIdleError: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    // The server keeps the limit above; this one is for a server that no longer answers.
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
    application_name: 'seaworthy-runtime',
    allowExitOnIdle: true,
  });
  pool.on('error', onIdleError);

  return {
    kind: 'postgresql',
    async query(sql, parameters = []) {
      return (await pool.query(sql, [...parameters])).rows;
    },
    async withSession(use) {
      const client = await pool.connect();
      const session: Session = {
        query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
        script: async (sql) => {
          await client.query(sql);
        },
      };
      try {
        const result = await use(session);
        client.release();
        return result;
      } catch (error) {
        // A session that failed half-way may hold a lock or an open transaction: it is not lent again.
        client.release(true);
        throw error;
      }
    },
    close: () => pool.end(),
  };
}
