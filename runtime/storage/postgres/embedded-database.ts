/**
 * PostgreSQL inside this process, for one process alone.
 *
 * For development and small systems: a start costs seconds and some hundred megabytes, so it is loaded only when it is
 * used. There is one session; callers take turns, so that no transaction sees another's statements.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Database, Listener, ListenOptions, Session } from './database.ts';

/** Opens the database in a directory, or in memory without one. */
export async function openEmbeddedDatabase(directory: string | undefined): Promise<Database> {
  const { PGlite: Engine } = await import('@electric-sql/pglite');
  const engine: PGlite = await Engine.create(directory === undefined ? {} : { dataDir: directory });
  let turn: Promise<unknown> = Promise.resolve();
  let asked = 0;

  const session: Session = {
    query: async (sql, parameters = []) => (await engine.query<Record<string, unknown>>(sql, [...parameters])).rows,
    script: async (sql) => {
      await engine.exec(sql);
    },
  };

  function takeTurn<Result>(use: () => Promise<Result>): Promise<Result> {
    asked += 1;
    const mine = turn.then(use, use).finally(() => {
      asked -= 1;
    });
    turn = mine.catch(() => undefined);
    return mine;
  }

  function listen({ channels, onNotice, onConnected }: ListenOptions): Listener {
    const stops: (() => Promise<void>)[] = [];
    let isListening = false;
    const started = takeTurn(async () => {
      for (const channel of channels) {
        stops.push(await engine.listen(channel, (payload) => onNotice(channel, payload)));
      }
      await onConnected(session, undefined);
      isListening = true;
    }).catch(() => undefined);
    return {
      get isListening() {
        return isListening;
      },
      async close() {
        await started;
        isListening = false;
        await takeTurn(async () => {
          for (const stop of stops) await stop();
        }).catch(() => undefined);
      },
    };
  }

  return {
    kind: 'embedded',
    query: (sql, parameters) => takeTurn(() => session.query(sql, parameters)),
    withSession: (use) => takeTurn(() => use(session)),
    listen,
    get pool() {
      return { inUse: Math.min(1, asked), idle: asked === 0 ? 1 : 0, waiting: Math.max(0, asked - 1), max: 1 };
    },
    close: () => takeTurn(() => engine.close()),
  };
}
