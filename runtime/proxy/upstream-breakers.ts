/** The breakers that a policy declares before its upstreams. */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { type BreakerSettings, breakerSettings } from '../resilience/breaker.ts';

export function upstreamBreakers({ upstreams, routes }: RuntimePolicy): ReadonlyMap<string, BreakerSettings> {
  // A probe is a request of some route, and lasts as long as that route lets it.
  const longest = (name: string) =>
    Math.max(...routes.filter((route) => route.upstream === name).map((route) => route.timeoutMs), 1);
  return new Map(
    Object.entries(upstreams).flatMap(([name, { breaker }]) =>
      breaker === undefined ? [] : [[name, breakerSettings(breaker, longest(name))] as const],
    ),
  );
}
