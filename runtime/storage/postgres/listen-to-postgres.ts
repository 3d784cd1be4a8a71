/**
 * Hears what a PostgreSQL server notifies, on a connection of its own.
 *
 * A pooled connection would not do: it may be lent to others or closed when idle. Notifications that are sent while nobody
 * listens are lost, so the loss of the connection is noticed soon (a heartbeat, for a server may freeze without a word),
 * and whoever listens is told from when on something may be missing.
 *
 * States: connecting -> listening (`connect`), listening -> waiting (`lose`), waiting -> connecting (a timer).
 */

import pg from 'pg';
import { settledWithin } from '../../resilience/timeout.ts';
import type { Listener, ListenOptions, Session } from './database.ts';

const HEARTBEAT_MS = 5_000;
const ANSWER_WITHIN_MS = 2_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

export function listenToPostgres(url: string, { channels, onNotice, onConnected }: ListenOptions): Listener {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isListening = false;
  let isClosed = false;
  let waitMs = FIRST_WAIT_MS;
  /** The database's own time of the last sign of life: our clock may differ from it. */
  let aliveAt: Date | undefined;

  async function connect(): Promise<void> {
    const mine = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
      application_name: 'seaworthy-listener',
    });
    client = mine;
    mine.on('error', () => lose(mine));
    mine.on('end', () => lose(mine));
    mine.on('notification', ({ channel, payload = '' }) => onNotice(channel, payload));
    try {
      await mine.connect();
      for (const channel of channels) await mine.query(`listen ${mine.escapeIdentifier(channel)}`);
      const connectedAt = await askTime(mine);
      await onConnected(sessionOf(mine), aliveAt);
      aliveAt = connectedAt;
      if (client !== mine || isClosed) return;
      isListening = true;
      waitMs = FIRST_WAIT_MS;
      schedule(() => void heartbeat(mine), HEARTBEAT_MS);
    } catch {
      lose(mine);
    }
  }

  async function heartbeat(mine: pg.Client): Promise<void> {
    try {
      aliveAt = await askTime(mine);
      if (client === mine) schedule(() => void heartbeat(mine), HEARTBEAT_MS);
    } catch {
      lose(mine);
    }
  }

  function lose(mine: pg.Client): void {
    if (client !== mine) return;
    client = undefined;
    isListening = false;
    void mine.end().catch(() => undefined);
    if (isClosed) return;
    // Not all replicas at the same instant.
    schedule(() => void connect(), waitMs * (0.5 + Math.random() / 2));
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }

  function schedule(run: () => void, ms: number): void {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(run, ms).unref();
  }

  void connect();
  return {
    get isListening() {
      return isListening;
    },
    async close() {
      isClosed = true;
      isListening = false;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      if (last !== undefined) await settledWithin(ANSWER_WITHIN_MS, last.end());
    },
  };
}

async function askTime(client: pg.Client): Promise<Date> {
  const at: unknown = (await client.query('select clock_timestamp() as at')).rows[0]?.at;
  if (!(at instanceof Date)) throw new Error('the database told no time');
  return at;
}

function sessionOf(client: pg.Client): Session {
  return {
    query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
    script: async (sql) => {
      await client.query(sql);
    },
  };
}
