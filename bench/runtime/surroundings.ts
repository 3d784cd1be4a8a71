/** What runs beside the subjects of one measurement: an upstream, a collector, and Redis where it is installed. All of it ends with the measurement. */
import type { ChildProcess } from 'node:child_process';
import { answer, buildPrograms, start, startRedis } from './processes.ts';
import type { Surroundings } from './subject-kinds.ts';

/** Requests a minute; no measurement comes near it. */
const BUDGET = 1_000_000;

export async function withSurroundings<Result>(use: (around: Surroundings) => Promise<Result>): Promise<Result> {
  await buildPrograms();
  const redis = await startRedis();
  if (redis === undefined) console.error('redis-server is not installed: what needs it is left out');
  const beside: ChildProcess[] = [];
  const urlOf = async (program: 'upstream' | 'collector'): Promise<string> => {
    const child = start(program, []);
    beside.push(child);
    return `http://127.0.0.1:${(await answer(child)).port}`;
  };
  try {
    return await use({
      upstream: await urlOf('upstream'),
      collector: await urlOf('collector'),
      ...(redis === undefined ? {} : { redis: redis.url }),
      budget: BUDGET,
      log: '/dev/null',
    });
  } finally {
    for (const child of beside) child.disconnect();
    redis?.stop();
  }
}
