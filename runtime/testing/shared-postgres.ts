/**
 * One PostgreSQL server for all tests of a suite, since starting it takes longer than most of them.
 */
import { requireTool } from '../../compiler/testing/real-tools.ts';
import type { It } from '../../compiler/testing/suite.ts';
import { startPostgres, type TestPostgres } from './postgres.ts';
import { within } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
export type PostgresTest = (
  title: string,
  ms: number,
  run: (later: Later, postgres: TestPostgres) => Promise<void>,
) => void;

/** Declares tests that get a server, which starts with the first and stops after the last. */
export function sharePostgres(it: It, settings: readonly string[] = []): PostgresTest {
  let server: Promise<TestPostgres> | undefined;
  let left = 0;
  return (title, ms, run) => {
    left += 1;
    const test = within(ms, async (later) => {
      later(async () => {
        left -= 1;
        if (left === 0) await (await server)?.stop();
      });
      server ??= startPostgres(requireTool('postgres'), settings);
      await run(later, await server);
    });
    it(title, test);
  };
}
