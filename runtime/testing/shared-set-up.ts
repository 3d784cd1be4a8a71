/**
 * One set of servers for all tests of a suite: it starts with the first test and stops after the last. What the start took of a
 * compiled system is evidence of each test.
 */
import { type Evidence, gatherEvidence, noteEvidence } from '../../compiler/testing/evidence.ts';
import type { It } from '../../compiler/testing/suite.ts';
import { within } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
export type SharingTest<Parts> = (
  title: string,
  ms: number,
  run: (parts: Parts, later: Later) => Promise<void>,
) => void;

interface Started<Parts> {
  readonly outcome: PromiseSettledResult<Parts>;
  readonly evidence: Evidence;
}

/** Declares tests that get what `start` gives; `ms` of the first must leave time for the start. */
export function shareSetUp<Parts>(it: It, start: (later: Later) => Promise<Parts>): SharingTest<Parts> {
  const cleanUps: (() => Promise<unknown>)[] = [];
  let started: Promise<Started<Parts>> | undefined;
  let left = 0;
  return (title, ms, run) => {
    left += 1;
    const test = within(ms, async (later) => {
      later(async () => {
        left -= 1;
        if (left === 0) for (const cleanUp of cleanUps) await cleanUp();
      });
      started ??= gatherEvidence(() => start((cleanUp) => cleanUps.unshift(cleanUp)));
      const { outcome, evidence } = await started;
      if (outcome.status === 'rejected') throw outcome.reason;
      noteEvidence(evidence);
      await run(outcome.value, later);
    });
    it(title, test);
  };
}
