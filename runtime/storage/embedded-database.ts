/**
 * PostgreSQL inside the process (PGlite), for one process without a server.
 *
 * Loaded only when asked for: it costs about two seconds and several hundred megabytes. It is one session, so callers
 * take turns; opening refuses nothing by itself, open-database.ts decides whether it may be used.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { Database, Session } from './database.ts';

/** Opens the database in a directory, or in memory without one. */
export async function openEmbeddedDatabase(directory: string | undefined): Promise<Database> {
  const { PGlite: Engine } = await import('@electric-sql/pglite');
  const engine: PGlite = await Engine.create(directory === undefined ? {} : { dataDir: directory });
  let turn: Promise<unknown> = Promise.resolve();

  const session: Session = {
    query: async (sql, parameters = []) => (await engine.query<Record<string, unknown>>(sql, [...parameters])).rows,
    script: async (sql) => {
      await engine.exec(sql);
    },
  };

  function takeTurn<Result>(use: () => Promise<Result>): Promise<Result> {
    const mine = turn.then(use, use);
    turn = mine.catch(() => undefined);
    return mine;
  }

  return {
    kind: 'embedded',
    query: (sql, parameters) => takeTurn(() => session.query(sql, parameters)),
    withSession: (use) => takeTurn(() => use(session)),
    close: () => takeTurn(() => engine.close()),
  };
}
