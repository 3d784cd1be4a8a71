/**
 * Which route serves a request.
 *
 * Owns matching by path and method; relies on paths in normal form. Nothing is served that no route names. The most
 * specific path decides, exact before prefix and longer before shorter, and only then the method: a less specific route
 * never serves what a more specific one does not list. The cost of a look-up grows with the segments of the path, not
 * with the number of routes.
 */
import type { Method, Route } from '../../schemas/runtime-policy.gen.ts';

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'no-method'; readonly allow: readonly Method[]; readonly routes: readonly Route[] }
  | { readonly kind: 'no-path' };

export interface RouteTable {
  match(path: string, method: string): RouteMatch;
}

export function createRouteTable(routes: readonly Route[]): RouteTable {
  const exact = groupByPath(routes.filter((route) => route.match === 'exact'));
  const prefix = groupByPath(routes.filter((route) => route.match === 'prefix'));

  function candidates(path: string): readonly Route[] | undefined {
    const found = exact.get(path) ?? prefix.get(path);
    if (found !== undefined) return found;
    for (let slash = path.lastIndexOf('/'); slash >= 0; slash = slash === 0 ? -1 : path.lastIndexOf('/', slash - 1)) {
      // `/files/` and `/files` are different prefixes; both end at a whole segment.
      const under = prefix.get(path.slice(0, slash + 1)) ?? (slash > 0 ? prefix.get(path.slice(0, slash)) : undefined);
      if (under !== undefined) return under;
    }
    return undefined;
  }

  return {
    match(path, method) {
      const found = candidates(path);
      if (found === undefined) return { kind: 'no-path' };
      const wanted = method === 'HEAD' ? ['HEAD', 'GET'] : [method];
      for (const name of wanted) {
        const route = found.find((candidate) => candidate.methods.some((allowed) => allowed === name));
        if (route !== undefined) return { kind: 'route', route };
      }
      return { kind: 'no-method', allow: allowedMethods(found), routes: found };
    },
  };
}

function groupByPath(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  const groups = new Map<string, Route[]>();
  for (const route of routes) {
    const group = groups.get(route.path);
    if (group === undefined) groups.set(route.path, [route]);
    else group.push(route);
  }
  return groups;
}

/** Methods of these routes for the Allow header, sorted; HEAD wherever GET is. */
function allowedMethods(routes: readonly Route[]): readonly Method[] {
  const methods = new Set(routes.flatMap((route) => route.methods));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}
