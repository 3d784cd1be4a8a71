/**
 * The aims of the runtime, each judged by CPU time for a request in one run.
 *
 * Owns the limits. They are ratios between subjects that took turns, so that they mean the same on every machine.
 */

import { pairwise, type Spread, spreadOf } from '../measure/statistics.ts';
import type { RuntimeBench } from '../runtime/bench-runtime.ts';
import type { LimiterRow } from '../runtime/limiters.ts';
import { EXPRESS_STACK, FASTIFY_STACK, type SubjectName } from '../runtime/subjects.ts';
import type { Aim } from './aims.ts';

export function judgeRuntime({ subjects, limiters }: RuntimeBench): readonly Aim[] {
  const cpu = (name: SubjectName): readonly number[] | undefined =>
    subjects.find(({ subject }) => subject === name)?.rounds.map(({ cpuMicros }) => cpuMicros);
  const ratio = (title: string, upper: SubjectName, lower: SubjectName, limit: number): Aim[] => {
    const [above, below] = [cpu(upper), cpu(lower)];
    if (above === undefined || below === undefined) return [];
    return [atMost(title, spreadOf(pairwise(above, below, (a, b) => a / b)), limit)];
  };
  return [
    ...ratio('Everything on in memory to Fastify with the same policies', EVERYTHING, FASTIFY_STACK, 0.5),
    ...ratio('Everything on in memory to Express with the same policies', EVERYTHING, EXPRESS_STACK, 0.5),
    ...ratio('Everything on in memory to @fastify/reply-from without any policy', EVERYTHING, REPLY_FROM, 1.15),
    // Three quarters of the requests for the same processor time.
    ...ratio('Everything on with Redis to @fastify/reply-from without any policy', WITH_REDIS, REPLY_FROM, 1 / 0.75),
    ...ratio('Everything on with Redis to everything on in memory', WITH_REDIS, EVERYTHING, 1.25),
    ...ratio('No policy to @fastify/reply-from without any policy', PLAIN, REPLY_FROM, 0.95),
    ...ratio('A request with three limits to one with one limit', 'with three limits', 'with one limit', 1.2),
    ...ratio('A request with metrics to one without', 'with metrics', PLAIN, 1.1),
    ...ratio('A request with 1 % traces to one without', 'with 1 % traces', PLAIN, 1.25),
    ...limiterAims(limiters),
  ];
}

const PLAIN = 'runtime, no policy';
const EVERYTHING = 'runtime, everything on';
const WITH_REDIS = 'everything on, Redis';
const REPLY_FROM = '@fastify/reply-from';

function atMost(title: string, { median, min, max }: Spread, limit: number): Aim {
  const range = min === max ? '' : ` (${min.toFixed(2)}-${max.toFixed(2)})`;
  return {
    title,
    limit: `at most ${limit.toFixed(2)} x`,
    measured: `${median.toFixed(2)} x${range}`,
    isMet: median <= limit,
  };
}

function limiterAims(rows: readonly LimiterRow[]): readonly Aim[] {
  return rows
    .filter(({ limiter }) => limiter === 'runtime')
    .flatMap((mine) => {
      const theirs = rows.find((row) => row.store === mine.store && row.limits === mine.limits && row !== mine);
      if (theirs === undefined) return [];
      const count = mine.limits === 1 ? 'one limit' : 'three limits';
      const title = `A decision over ${count} in ${mine.store} to rate-limiter-flexible`;
      return [atMost(title, spreadOf([mine.cpuMicros / theirs.cpuMicros]), 1)];
    });
}
