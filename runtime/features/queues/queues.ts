/**
 * The queues of the policy, measured.
 *
 * Owns what a scrape says of them; consumes nothing. Redis is asked when somebody scrapes, at most once a second, and no
 * longer than its command timeout: a queue that cannot be measured is `queue_up 0`, and its other values are no numbers.
 */
import type { Queue, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../../resilience/clock.ts';
import { openRedis, type SharedRedis } from '../../storage/redis/open-redis.ts';
import { parseRedisUrl } from '../../storage/redis/plan-redis.ts';
import { describeError, type Log } from '../../telemetry/log.ts';
import { measureQueue, type QueueReading } from './measure-queue.ts';

export interface Queues {
  use(policy: RuntimePolicy): void;
  /** By name of the queue; undefined for one that does not answer. */
  measure(): Promise<ReadonlyMap<string, QueueReading | undefined>>;
  close(): Promise<void>;
}

export interface QueuesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
  /** The Redis of the counters, and the variable that it was opened with. */
  readonly shared: { readonly env: string; readonly redis: SharedRedis } | undefined;
  readonly prefix: string;
}

const SHARED_MS = 1_000;

export function createQueues({ env, clock, log, shared, prefix }: QueuesOptions): Queues {
  const opened = new Map<string, SharedRedis | undefined>();
  let queues: readonly (readonly [string, Queue])[] = [];
  let last:
    | { readonly atMs: number; readonly readings: Promise<ReadonlyMap<string, QueueReading | undefined>> }
    | undefined;

  function open(variable: string): SharedRedis | undefined {
    const address = parseRedisUrl(env[variable] ?? '', 'single');
    if (address === undefined) {
      log.warn({ variable }, 'queues cannot be measured: the variable holds no address of a Redis');
      return undefined;
    }
    return openRedis({
      address,
      prefix,
      onChange: (isUp, error) =>
        isUp ? log.info({ variable }, 'queues reachable') : log.warn(describeError(error ?? 'away'), 'queues away'),
    });
  }

  async function read(): Promise<ReadonlyMap<string, QueueReading | undefined>> {
    const readings = await Promise.all(
      queues.map(async ([name, queue]) => {
        const redis = queue.env === shared?.env ? shared.redis : opened.get(queue.env);
        return [name, redis === undefined ? undefined : await measureQueue(redis, queue)] as const;
      }),
    );
    return new Map(readings);
  }

  return {
    use(policy) {
      queues = Object.entries(policy.queues ?? {});
      last = undefined;
      for (const [, { env: variable }] of queues) {
        if (variable !== shared?.env && !opened.has(variable)) opened.set(variable, open(variable));
      }
    },
    measure() {
      const now = clock.nowMs();
      if (last === undefined || now - last.atMs >= SHARED_MS) last = { atMs: now, readings: read() };
      return last.readings;
    },
    async close() {
      for (const redis of opened.values()) await redis?.close();
    },
  };
}
