/** A gateway with one cached route, for tests. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Cache, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { RuntimeOptions } from '../process/runtime.ts';
import { createSkippingClock } from './fake-clock.ts';
import { testCache, testCacheUse, testPolicy, testRoute, testUpstream } from './policy.ts';
import { startGateway, startUpstream } from './servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
/** `call` counts from 1. */
export type Listener = (req: IncomingMessage, res: ServerResponse, call: number) => void;

export interface CachedGatewayChange {
  readonly cache?: Partial<Cache>;
  readonly route?: Partial<Route>;
  readonly policy?: Partial<RuntimePolicy>;
  readonly options?: Partial<RuntimeOptions>;
  /** Gateways before the same upstream. Default: 1. */
  readonly replicas?: number;
}

/** Starts an upstream that counts its calls, and gateways with a cache named `rules` before it. */
export async function startCachedGateway(later: Later, listener: Listener, change: CachedGatewayChange = {}) {
  let calls = 0;
  const upstream = await startUpstream((req, res) => {
    calls += 1;
    listener(req, res, calls);
  }, later);
  const clock = createSkippingClock();
  const policy = testPolicy({
    upstreams: { main: testUpstream(upstream) },
    caches: { rules: testCache(change.cache) },
    routes: [testRoute({ cache: testCacheUse(), ...change.route })],
    ...change.policy,
  });
  const replicas = await Promise.all(
    Array.from({ length: change.replicas ?? 1 }, async () => {
      const gateway = await startGateway(policy, later, { clock, ...change.options });
      return {
        gateway,
        get: (target = '', init: RequestInit = {}) => fetch(`${gateway.url}/v1/items${target}`, init),
        /** A metric of the cache; NaN when it is not there. */
        metric: async (name: string): Promise<number> => {
          const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
          return Number(new RegExp(`^${name}\\{cache="rules"\\} (\\d+)$`, 'm').exec(text)?.[1]);
        },
      };
    }),
  );
  const [first] = replicas;
  if (first === undefined) throw new Error('at least one replica');
  return { ...first, replicas, clock, calls: () => calls };
}

/** Waits for something that will be true soon. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5));
}
