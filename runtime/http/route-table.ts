/**
 * Which route serves a request.
 *
 * Owns matching by host, path and method; relies on paths in normal form. Nothing is served that no route names. The most
 * specific path decides, exact before prefix and longer before shorter, and only then the method: a less specific route
 * never serves what a more specific one does not list. The cost of a look-up grows with the segments of the path, not
 * with the number of routes.
 */
import type { Method, Route } from '../../schemas/runtime-policy.gen.ts';

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'no-method'; readonly allow: readonly Method[]; readonly routes: readonly Route[] }
  | { readonly kind: 'no-path' }
  /** The host is none of those that routes name, and no route is served on all. */
  | { readonly kind: 'no-host' };

export interface RouteTable {
  /** `host` is the field of the request; it matters where a route names hosts. */
  match(path: string, method: string, host?: string): RouteMatch;
}

/** On a host that routes name, those routes and the ones of all hosts stand together, and the path decides among them. */
export function createRouteTable(routes: readonly Route[]): RouteTable {
  const anywhere = createHostTable(routes.filter((route) => route.hosts === undefined));
  const named = new Set(routes.flatMap((route) => route.hosts ?? []));
  if (named.size === 0) return anywhere;
  const byHost = new Map(
    [...named].map((host) => [host, createHostTable(routes.filter(({ hosts }) => hosts?.includes(host) ?? true))]),
  );
  return {
    match(path, method, host = '') {
      const own = byHost.get(nameOf(host));
      if (own !== undefined) return own.match(path, method);
      const found = anywhere.match(path, method);
      return found.kind === 'no-path' ? NO_HOST : found;
    },
  };
}

/** The name alone: without its port, the dot of its root and its case. */
const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');

function createHostTable(routes: readonly Route[]): RouteTable {
  const exact = groupByPath(routes.filter((route) => route.match === 'exact'));
  const prefix = groupByPath(routes.filter((route) => route.match === 'prefix'));

  function find(path: string): Served | undefined {
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
      const found = find(path);
      if (found === undefined || found.isClosed(path)) return NO_PATH;
      return found.byMethod.get(method) ?? found.otherwise;
    },
  };
}

const NO_PATH: RouteMatch = { kind: 'no-path' };
const NO_HOST: RouteMatch = { kind: 'no-host' };

/** The answers for one path, made once. */
interface Served {
  readonly byMethod: ReadonlyMap<string, RouteMatch>;
  readonly otherwise: RouteMatch;
  /** Whether a path below the prefix is left out of it. */
  readonly isClosed: (path: string) => boolean;
}

function groupByPath(routes: readonly Route[]): ReadonlyMap<string, Served> {
  const paths = [...new Set(routes.map((route) => route.path))];
  return new Map(paths.map((path) => [path, compilePath(routes.filter((route) => route.path === path))]));
}

function compilePath(routes: readonly Route[]): Served {
  const byMethod = new Map<string, RouteMatch>();
  for (const route of routes) {
    for (const method of route.methods) if (!byMethod.has(method)) byMethod.set(method, { kind: 'route', route });
  }
  const get = byMethod.get('GET');
  if (get !== undefined && !byMethod.has('HEAD')) byMethod.set('HEAD', get);
  const closed = [...new Set(routes.flatMap((route) => route.closed ?? []))];
  return {
    byMethod,
    otherwise: { kind: 'no-method', allow: allowedMethods(routes), routes },
    isClosed: closed.length === 0 ? () => false : createClosure(closed),
  };
}

/** Methods of these routes for the Allow header, sorted; HEAD wherever GET is. */
function allowedMethods(routes: readonly Route[]): readonly Method[] {
  const methods = new Set(routes.flatMap((route) => route.methods));
  if (methods.has('GET')) methods.add('HEAD');
  return [...methods].sort();
}

/** Many servers behind read letters without their case, and cut a segment at its `;`; what is closed is closed in every reading. */
function createClosure(closed: readonly string[]): (path: string) => boolean {
  const starts = closed.map((path) => path.toLowerCase().replace(/\/$/, ''));
  return (path) => {
    const lower = path.toLowerCase();
    return starts.some(
      (start) => lower.startsWith(start) && (lower.length === start.length || '/;'.includes(lower[start.length] ?? '')),
    );
  };
}
