/**
 * The aims of the runtime, each judged by CPU time for a request in one run.
 *
 * Owns the limits. They are ratios between subjects that took turns, so that they mean the same on every machine.
 */

import type { RuntimeBench } from '../runtime/bench-runtime.ts';
import type { LimiterRow } from '../runtime/limiters.ts';
import type { Aim } from './aims.ts';

export function judgeRuntime({ subjects, limiters, soak }: RuntimeBench): readonly Aim[] {
  const cpu = (name: string): number | undefined => subjects.find(({ subject }) => subject === name)?.cpuMicros;
  const ratio = (title: string, upper: string, lower: string, limit: number): Aim[] => {
    const [above, below] = [cpu(upper), cpu(lower)];
    if (above === undefined || below === undefined) return [];
    return [atMost(title, above / below, limit)];
  };
  return [
    ...ratio('Everything on in memory to @fastify/reply-from without any policy', EVERYTHING, REPLY_FROM, 1),
    // Three quarters of the requests for the same processor time.
    ...ratio('Everything on with Redis to @fastify/reply-from without any policy', WITH_REDIS, REPLY_FROM, 1 / 0.75),
    ...ratio('A request with three limits to one with one limit', 'with three limits', 'with one limit', 1.2),
    ...ratio('A request with metrics to one without', 'with metrics', PLAIN, 1.1),
    ...ratio('A request with 1 % traces to one without', 'with 1 % traces', PLAIN, 1.25),
    ...limiterAims(limiters),
    ...(soak === undefined ? [] : [growthAim(soak.heapSlopePerMinute)]),
  ];
}

const PLAIN = 'runtime, no policy';
const EVERYTHING = 'runtime, everything on';
const WITH_REDIS = 'everything on, Redis';
const REPLY_FROM = '@fastify/reply-from';

function atMost(title: string, measured: number, limit: number): Aim {
  return {
    title,
    limit: `at most ${limit.toFixed(2)} x`,
    measured: `${measured.toFixed(2)} x`,
    isMet: measured <= limit,
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
      return [atMost(title, mine.cpuMicros / theirs.cpuMicros, 1)];
    });
}

/** Noise of a collected heap is a few hundred kilobytes. */
const FLAT_MEGABYTES_PER_MINUTE = 0.2;

const growthAim = (slope: number): Aim => ({
  title: 'Growth of the heap under load',
  limit: `at most ${FLAT_MEGABYTES_PER_MINUTE} MB a minute`,
  measured: `${slope.toFixed(3)} MB a minute`,
  isMet: slope <= FLAT_MEGABYTES_PER_MINUTE,
});
