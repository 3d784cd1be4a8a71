/** What must hold of providers beyond the shape of their fields. */
import { isDeepStrictEqual } from 'node:util';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { repeated } from '../../environment/repeated.ts';

export function fallbacks({ providers }: RuntimePolicy): readonly string[] {
  return Object.keys(providers)
    .filter((name) => isInCircle(name, providers))
    .map((name) => `providers.${name}.fallback: leads back to ${name}`);
}

export function pools({ providers }: RuntimePolicy): readonly string[] {
  const declared = Object.entries(providers);
  return declared.flatMap(([name, { pool, throttle }]) => {
    if (pool === undefined)
      return throttle === undefined ? [] : [`providers.${name}.throttle: there is no pool that it could lower`];
    const first = declared.find(([, other]) => other.pool?.name === pool.name);
    return first === undefined || isDeepStrictEqual(first[1].pool, pool)
      ? []
      : [`providers.${name}.pool: differs from pool ${pool.name} of ${first[0]}`];
  });
}

export function providerTargets({ providers }: RuntimePolicy): readonly string[] {
  return Object.entries(providers).flatMap(([name, { targets = [] }]) => [
    ...repeated(targets.map((target) => target.name)).map(
      (target) => `providers.${name}.targets: two are named ${target}`,
    ),
    ...targets.flatMap(({ url }, index) =>
      isPlainAddress(url) ? [] : [`providers.${name}.targets.${index}.url: is no address, or holds a user`],
    ),
  ]);
}

/** Whether one gets back to where one was by following fallbacks. */
function isInCircle(start: string, providers: RuntimePolicy['providers']): boolean {
  const seen = new Set<string>();
  let next = providers[start]?.fallback;
  while (next !== undefined && next !== start && !seen.has(next)) {
    seen.add(next);
    next = providers[next]?.fallback;
  }
  return next === start;
}

/** A user in an address is a secret in a policy. */
function isPlainAddress(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password, pathname } = new URL(url);
  return username === '' && password === '' && !pathname.includes('//');
}
