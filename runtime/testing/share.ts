/** What several tests of a suite need and is slow to start: started by the first of them, closed after the last. */
import type { It } from '../../compiler/testing/suite.ts';
import { within } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
type SharedTest<Shared> = (title: string, ms: number, run: (shared: Shared, later: Later) => Promise<void>) => void;

/** Gives what declares the tests that share it. A start that fails, or cannot be here, speaks for all of them. */
export function share<Shared>(it: It, start: (later: Later) => Promise<Shared>): SharedTest<Shared> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let shared: Promise<Shared> | undefined;
  let left = 0;
  return (title, ms, run) => {
    left += 1;
    const test = within(ms, async (later) => {
      later(async () => {
        left -= 1;
        if (left > 0) return;
        for (const cleanUp of cleanUps) await cleanUp();
      });
      shared ??= start((cleanUp) => cleanUps.unshift(cleanUp));
      await run(await shared, later);
    });
    it(title, test);
  };
}
