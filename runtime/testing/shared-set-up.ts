/**
 * One set of servers for all tests of a suite: it starts with the first test and stops after the last.
 */
import type { It } from '../../compiler/testing/suite.ts';
import { within } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
export type SharingTest<Parts> = (
  title: string,
  ms: number,
  run: (parts: Parts, later: Later) => Promise<void>,
) => void;

/** Declares tests that get what `start` gives; `ms` of the first must leave time for the start. */
export function shareSetUp<Parts>(it: It, start: (later: Later) => Promise<Parts>): SharingTest<Parts> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let started: Promise<Parts> | undefined;
  let left = 0;
  return (title, ms, run) => {
    left += 1;
    const test = within(ms, async (later) => {
      later(async () => {
        left -= 1;
        if (left === 0) for (const cleanUp of cleanUps) await cleanUp();
      });
      started ??= start((cleanUp) => cleanUps.unshift(cleanUp));
      await run(await started, later);
    });
    it(title, test);
  };
}
