/**
 * The limiter alone, beside rate-limiter-flexible, as a child process: `limiters OPS REDIS_URL`. Prints lines of JSON.
 *
 * The same thousand callers take turns for both, sixty-four at a time where Redis is asked, each within limits that never
 * refuse. Three limits are three budgets of one request: for us one decision, all or nothing; for the library three calls.
 */
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import type { Outcomes } from '../../runtime/features/rate-limit/charge.ts';
import { openLimits } from '../../runtime/features/rate-limit/open-limits.ts';
import { systemClock } from '../../runtime/resilience/clock.ts';
import { openRedis } from '../../runtime/storage/redis/open-redis.ts';
import { planRedis } from '../../runtime/storage/redis/plan-redis.ts';
import { createLog } from '../../runtime/telemetry/log.ts';
import { createMetricRegistry } from '../../runtime/telemetry/registry.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { benchPolicy } from './gateway.ts';
import { WINDOW_MS } from './stacks/policies.ts';

export interface LimiterRow {
  readonly limiter: string;
  readonly store: 'memory' | 'Redis';
  readonly limits: number;
  readonly decisionsPerSecond: number;
  readonly cpuMicros: number;
}

type Decide = (caller: number) => unknown;

// Nobody is called, and nothing is refused.
const PLACE = { upstream: 'http://127.0.0.1:9', budget: 1_000_000 };
const CALLERS = 1_000;
const IN_FLIGHT = 64;
const PATIENCE_MS = 2_000;

const [operations = '20000', redisUrl = ''] = process.argv.slice(2);

for (const limits of [1, 3] as const) {
  await compare('memory', limits, { ours: await ours(limits), theirs: theirs(limits, undefined) });
  if (redisUrl !== '')
    await compare('Redis', limits, { ours: await ours(limits, redisUrl), theirs: theirs(limits, redisUrl) });
}
process.exit();

/** Both take turns, and the better of the rounds counts: what disturbs only makes slower. */
async function compare(
  store: LimiterRow['store'],
  limits: number,
  deciders: { readonly ours: Decide; readonly theirs: Decide },
): Promise<void> {
  const best = new Map<string, LimiterRow>();
  for (let round = 0; round < 4; round += 1) {
    for (const [name, decide] of Object.entries(deciders)) {
      const limiter = name === 'ours' ? 'runtime' : 'rate-limiter-flexible';
      const row = {
        limiter,
        store,
        limits,
        ...(await run(decide, Number(operations), store === 'Redis' ? IN_FLIGHT : 1)),
      };
      const known = best.get(name);
      if (round > 0 && (known === undefined || row.cpuMicros < known.cpuMicros)) best.set(name, row);
    }
  }
  for (const row of best.values()) process.stdout.write(`${JSON.stringify(row)}\n`);
}

async function run(decide: Decide, count: number, inFlight: number) {
  let left = count;
  const startedMs = performance.now();
  const cpu = process.cpuUsage();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const decided = decide(left % CALLERS);
      if (decided instanceof Promise) await decided;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return {
    decisionsPerSecond: (count * 1000) / (performance.now() - startedMs),
    cpuMicros: (user + system) / count,
  };
}

async function ours(limits: 1 | 3, url?: string): Promise<Decide> {
  const policy = withStoreOnly(benchPolicy(PLACE, { limits, redis: url !== undefined }));
  const registry = createMetricRegistry();
  const log = createLog(policy, { write: () => undefined });
  const plan = planRedis(policy, { REDIS_URL: url });
  const redis =
    plan.kind === 'redis'
      ? openRedis({ address: plan, prefix: 'bench:', commandTimeoutMs: PATIENCE_MS, onChange: () => undefined })
      : undefined;
  await redis?.firstAttempt;
  const { limiter, store } = openLimits({ policy, clock: systemClock, registry, log, redis }).use(policy);
  const [route] = policy.routes;
  if (route === undefined) throw new Error('a policy without routes');
  const callers = Array.from({ length: CALLERS }, (_, index) => ({
    client: { client: `10.0.0.${index}`, key: `10.0.0.${index}`, peerTrusted: false, forwardedFor: '' },
    principal: { kind: 'anonymous' as const },
  }));
  return (caller) => {
    const asking = callers[caller];
    if (asking === undefined) return undefined;
    const decided = store.charge(limiter.charges(route, asking), systemClock.nowMs());
    return decided instanceof Promise ? decided.then(admitted) : admitted(decided);
  };
}

/** No decision without the store: where it is away or slow, the local share would be fast, and no answer. */
function withStoreOnly(policy: RuntimePolicy): RuntimePolicy {
  const closed = Object.entries(policy.limits).map(
    ([id, limit]) => [id, { ...limit, onStoreFailure: 'closed' }] as const,
  );
  return { ...policy, limits: Object.fromEntries(closed) };
}

function admitted(outcomes: Outcomes): void {
  if (outcomes.some(({ verdict }) => verdict !== 'admitted')) throw new Error('a decision was made without the store');
}

function theirs(limits: 1 | 3, url: string | undefined): Decide {
  const options = { points: PLACE.budget, duration: WINDOW_MS / 1000 };
  const storeClient = url === undefined ? undefined : new Redis(url);
  const all = ['client', 'route', 'all']
    .slice(0, limits)
    .map((keyPrefix) =>
      storeClient === undefined
        ? new RateLimiterMemory({ ...options, keyPrefix })
        : new RateLimiterRedis({ ...options, keyPrefix, storeClient }),
    );
  const keys = Array.from({ length: CALLERS }, (_, index) => `10.0.0.${index}`);
  const [only] = all;
  if (limits === 1) return (caller) => only?.consume(keys[caller] ?? '');
  return (caller) =>
    Promise.all(all.map((limiter, index) => limiter.consume(index === 0 ? (keys[caller] ?? '') : 'everybody')));
}
