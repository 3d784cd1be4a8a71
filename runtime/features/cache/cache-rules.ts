/** What must hold of caches beyond the shape of their fields; a part of policy-rules.ts. */
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export function cacheStores({ caches = {}, storage }: RuntimePolicy): readonly string[] {
  if (storage.counters.kind === 'redis') return [];
  return Object.entries(caches)
    .filter(([, { store }]) => store === 'redis')
    .map(([name]) => `caches.${name}.store: is redis, and storage.counters names no Redis`);
}

export function cachedRoutes({ routes, caches = {} }: RuntimePolicy): readonly string[] {
  return routes.flatMap((route, index) =>
    route.cache === undefined
      ? []
      : problemsOf(route, route.cache, caches).map((problem) => `routes.${index}.cache${problem}`),
  );
}

function problemsOf(route: Route, cache: NonNullable<Route['cache']>, caches: object): readonly string[] {
  const { use, by, methods } = cache;
  const unknown = by.filter(
    (part) => !(route.auth === 'api-key' || (route.auth === 'signature' && part === 'api-key')),
  );
  return [
    ...(Object.hasOwn(caches, use) ? [] : [`.use: there is no cache ${use}`]),
    ...(route.credentials === 'forward' ? [': the upstream sees who calls, so nothing is kept'] : []),
    ...(route.kind === 'http' ? [] : [`: answers of kind ${route.kind} do not end and are not kept`]),
    ...unknown.map((part) => `.by: ${part} is not known where auth is ${route.auth}`),
    ...methods
      .filter((method) => !route.methods.includes(method))
      .map((method) => `.methods: ${method} is not a method of this route`),
    ...(methods.includes('POST') && route.invalidates !== undefined
      ? ['.methods: a POST that invalidates changes something, so its answer is not kept']
      : []),
  ];
}
