/** The breakers that a policy declares before its providers. */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { type BreakerSettings, breakerSettings } from '../policies/breaker.ts';

export function providerBreakers({ providers }: RuntimePolicy): ReadonlyMap<string, BreakerSettings> {
  return new Map(
    Object.entries(providers).flatMap(([name, { breaker, timeoutMs }]) =>
      breaker === undefined ? [] : [[name, breakerSettings(breaker, timeoutMs)] as const],
    ),
  );
}
