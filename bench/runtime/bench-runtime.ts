/**
 * The cost of the runtime, beside what it is built of and what others would take, in one run.
 *
 * Owns what is measured how often. A part that needs Redis is left out where none is installed.
 */
import { join } from 'node:path';
import { checkAnswers } from './check-answers.ts';
import type { LimiterRow } from './limiters.ts';
import { type Amount, measureSubjects, type SubjectRounds } from './measure-subjects.ts';
import { outputOf, start } from './processes.ts';
import { FULL_STACKS, NEEDS_REDIS, SUBJECTS } from './subjects.ts';
import { withSurroundings } from './surroundings.ts';

export interface RuntimeBenchOptions {
  /** For files that live as long as the measurement. */
  readonly folder: string;
  /** Says whether something broke, not how fast it is. */
  readonly isQuick: boolean;
}

export interface RuntimeBench {
  readonly subjects: readonly SubjectRounds[];
  readonly limiters: readonly LimiterRow[];
}

// Many short rounds: what disturbs one of them is over in the next.
const FULL: Amount & { readonly decisions: number } = {
  rounds: 21,
  requests: 4_000,
  connections: 50,
  decisions: 50_000,
};
const QUICK: typeof FULL = { rounds: 3, requests: 2_000, connections: 50, decisions: 10_000 };

export function benchRuntime({ folder, isQuick }: RuntimeBenchOptions): Promise<RuntimeBench> {
  const amount = isQuick ? QUICK : FULL;
  return withSurroundings(async (around) => {
    const isThere = (name: string): boolean => around.redis !== undefined || !NEEDS_REDIS.has(name);
    for (const [index, name] of FULL_STACKS.filter(isThere).entries())
      await checkAnswers(name, { ...around, log: join(folder, `stack-${index}.log`) });
    return {
      subjects: await measureSubjects(Object.keys(SUBJECTS).filter(isThere), around, amount),
      limiters: await measureLimiters(amount.decisions, around.redis ?? ''),
    };
  });
}

async function measureLimiters(decisions: number, redisUrl: string): Promise<readonly LimiterRow[]> {
  const text = await outputOf(start('limiters', [String(decisions), redisUrl]));
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
