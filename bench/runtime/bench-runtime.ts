/**
 * The cost of the runtime, beside what it is built of and what others would take, in one run.
 *
 * Owns what is measured how often. A part that needs Redis is left out where none is installed.
 */

import type { ChildProcess } from 'node:child_process';
import { defined } from '../../schemas/data/defined.ts';
import type { LimiterRow } from './limiters.ts';
import { type Amount, measureSubjects, type SubjectRow } from './measure-subjects.ts';
import { answer, buildPrograms, outputOf, start, startRedis } from './processes.ts';
import { type Soak, soak } from './soak.ts';
import type { Surroundings } from './subject-kinds.ts';
import { NEEDS_REDIS, SUBJECTS } from './subjects.ts';

export interface RuntimeBenchOptions {
  /** Says whether something broke, not how fast it is. */
  readonly isQuick: boolean;
  readonly soaks: boolean;
}

export interface RuntimeBench {
  readonly subjects: readonly SubjectRow[];
  readonly limiters: readonly LimiterRow[];
  readonly soak?: Soak;
}

const FULL: Amount & { readonly decisions: number } = {
  rounds: 7,
  requests: 12_000,
  connections: 50,
  decisions: 50_000,
};
const QUICK: typeof FULL = { rounds: 2, requests: 4_000, connections: 50, decisions: 10_000 };
const SOAK_MINUTES = 10;
const SOAKED = 'runtime, everything on';

export async function benchRuntime({ isQuick, soaks }: RuntimeBenchOptions): Promise<RuntimeBench> {
  const amount = isQuick ? QUICK : FULL;
  await buildPrograms();
  const redis = await startRedis();
  const beside: ChildProcess[] = [];
  const portOf = async (child: ChildProcess): Promise<string> => {
    beside.push(child);
    return `http://127.0.0.1:${(await answer(child)).port}`;
  };
  try {
    const around: Surroundings = {
      upstream: await portOf(start('upstream', [])),
      collector: await portOf(start('collector', [])),
      ...defined({ redis: redis?.url }),
    };
    if (redis === undefined) console.error('redis-server is not installed: subjects that need it are left out');
    const names = Object.keys(SUBJECTS).filter((name) => redis !== undefined || !NEEDS_REDIS.has(name));
    return {
      subjects: await measureSubjects(names, around, amount),
      limiters: await measureLimiters(amount.decisions, redis?.url ?? ''),
      ...(soaks ? { soak: await soak(SOAKED, around, SOAK_MINUTES) } : {}),
    };
  } finally {
    for (const child of beside) child.disconnect();
    redis?.stop();
  }
}

async function measureLimiters(decisions: number, redisUrl: string): Promise<readonly LimiterRow[]> {
  const text = await outputOf(start('limiters', [String(decisions), redisUrl]));
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
