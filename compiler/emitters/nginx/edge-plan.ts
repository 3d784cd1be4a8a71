/**
 * What the edge has to do for a model, before any directive is written.
 *
 * Owns which hosts serve the same routes, and the grouping of routes by path, because nginx chooses a location by path alone and the runtime by path and method. The choice is
 * the runtime's: an exact path wins over a prefix, a longer prefix over a shorter one, and a prefix covers whole segments.
 */

import { compareTexts, sortTexts } from '../../../schemas/data/texts.ts';
import { type Keepers, keepersOf, limitKey } from '../../derive/limits/keepers.ts';
import { closedPathsOf } from '../../derive/runtime-policy/closed-paths.ts';
import { gatewayOf, hasRuntime } from '../../derive/runtime-policy/placement.ts';
import { isPassedOn, probePaths } from '../../derive/runtime-policy/served-routes.ts';
import type { LimitModel, Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';

export interface EdgePlan {
  /** Every group of every site, once. */
  readonly groups: readonly PathGroup[];
  readonly sites: readonly Site[];
  readonly hasRuntime: boolean;
}

/** Hosts that serve the same routes. */
export interface Site {
  /** Empty where the environment names no domain. */
  readonly hosts: readonly string[];
  readonly groups: readonly PathGroup[];
  readonly locations: readonly PlannedLocation[];
  /** The file of its locations, under `nginx/`. */
  readonly snippet: string;
}

/** Routes that share a path and a way of matching; they share no method. */
export interface PathGroup {
  readonly path: string;
  readonly match: 'exact' | 'prefix';
  readonly routes: readonly EdgeRoute[];
  /** Methods that some route answers, sorted; HEAD wherever GET is. */
  readonly methods: readonly string[];
  /** Paths below a prefix that are not served, each with everything below it. */
  readonly closed: readonly string[];
}

export interface EdgeRoute {
  readonly service: ServiceModel;
  readonly route: RouteModel;
  /** Name of the upstream block. */
  readonly upstream: string;
  /** A probe answers here: it is neither limited by default nor logged. */
  readonly isProbe: boolean;
  /** The limits of the route, each with who keeps it. */
  readonly limits: readonly EdgeRouteLimit[];
}

export interface EdgeRouteLimit extends Keepers {
  readonly limit: LimitModel;
  readonly key: string;
}

/** One location of nginx. `group` is undefined where nothing is served. */
export interface PlannedLocation {
  readonly kind: 'exact' | 'prefix';
  readonly path: string;
  readonly group: PathGroup | undefined;
}

/** Name of the upstream block of the Seaworthy runtime. */
export const RUNTIME_UPSTREAM = 'runtime';

export function planEdge(model: Model): EdgePlan {
  const routes = edgeRoutes(model);
  const closedPaths = closedPathsOf(model, routes);
  const gatewayPaths = probePaths(gatewayOf(model));
  const known = new Map<string, PathGroup>();
  const sites = hostsByRoutes(model, routes).map(([hosts, served], index): Site => {
    const groups = groupByPath(served, (route) => closedPaths(route, ...gatewayPaths)).map((group) => {
      // The same routes on two sites are one group: it has its variables and figures once.
      const key = JSON.stringify([group.path, group.match, group.routes.map(({ route }) => route.id), group.closed]);
      const found = known.get(key) ?? group;
      known.set(key, found);
      return found;
    });
    const snippet = index === 0 ? 'snippets/routes.conf' : `snippets/routes-${hosts[0]}.conf`;
    return { hosts, groups, locations: planLocations(groups), snippet };
  });
  return { groups: [...known.values()], sites, hasRuntime: hasRuntime(model) };
}

/** Hosts with the same routes together, in the order of the hosts. */
function hostsByRoutes(
  { environment }: Model,
  routes: readonly EdgeRoute[],
): readonly (readonly [hosts: readonly string[], routes: readonly EdgeRoute[]])[] {
  const hosts = sortTexts(new Set(environment.domains.map(({ host }) => host)));
  const found = new Map<string, { readonly hosts: string[]; readonly routes: readonly EdgeRoute[] }>();
  for (const host of hosts) {
    const served = routes.filter(({ route }) => route.hosts.length === 0 || route.hosts.includes(host));
    const key = served.map(({ route }) => route.id).join(' ');
    const same = found.get(key);
    if (same === undefined) found.set(key, { hosts: [host], routes: served });
    else same.hosts.push(host);
  }
  return hosts.length === 0 ? [[[], routes]] : [...found.values()].map((site) => [site.hosts, site.routes]);
}

function edgeRoutes(model: Model): readonly EdgeRoute[] {
  const gatewayProbes = probePaths(gatewayOf(model));
  return model.services.flatMap((service) => {
    const probes = [...probePaths(service), ...gatewayProbes];
    return service.routes
      .filter((route) => isPassedOn(model, service, route))
      .map((route) => ({
        service,
        route,
        upstream: hasRuntime(model) ? RUNTIME_UPSTREAM : service.name,
        isProbe: probes.includes(route.path),
        limits: route.limits.map((limit) => ({
          limit,
          key: limitKey(limit),
          ...keepersOf({ model, service, route, limit }),
        })),
      }));
  });
}

function groupByPath(
  routes: readonly EdgeRoute[],
  closedPaths: (route: EdgeRoute) => readonly string[],
): readonly PathGroup[] {
  const byKey = new Map<string, EdgeRoute[]>();
  for (const planned of routes) {
    const key = `${planned.route.path} ${planned.route.match}`;
    const members = byKey.get(key);
    if (members === undefined) byKey.set(key, [planned]);
    else members.push(planned);
  }
  return [...byKey]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([key, found]) => {
      const members = found.sort((a, b) => compareTexts(a.route.id, b.route.id));
      const [path = '', match] = key.split(' ');
      return {
        path,
        match: match === 'prefix' ? 'prefix' : 'exact',
        routes: members,
        methods: methodsOf(members.map(({ route }) => route)),
        closed: sortTexts(new Set(members.flatMap(closedPaths))),
      };
    });
}

/** Methods of these routes, sorted; HEAD is answered wherever GET is. */
export const methodsOf = (routes: readonly RouteModel[]): readonly string[] =>
  sortTexts(new Set(routes.flatMap(({ methods }) => (methods.includes('GET') ? [...methods, 'HEAD'] : methods))));

/**
 * A prefix `/v1` becomes the locations `= /v1` and `/v1/`, never `/v1`, which would match `/v1x` too. A location that ends in a slash and proxies
 * makes nginx redirect the path without the slash, so that path gets a location of its own: whatever serves it, or nothing.
 */
function planLocations(groups: readonly PathGroup[]): readonly PlannedLocation[] {
  const chosen = groupsByPath(groups);
  const paths = new Map<string, PlannedLocation>();
  const add = (kind: PlannedLocation['kind'], path: string) => {
    const key = `${path} ${kind}`;
    if (!paths.has(key))
      paths.set(key, { kind, path, group: kind === 'exact' ? groupFor(chosen, path) : prefixGroupFor(chosen, path) });
  };
  for (const { path, match } of groups) {
    if (match === 'exact') add('exact', path);
    else if (path.endsWith('/')) add('prefix', path);
    else {
      add('exact', path);
      add('prefix', `${path}/`);
    }
    if (path.endsWith('/') && path !== '/') add('exact', path.slice(0, -1));
  }
  add('prefix', '/');
  return [...paths.values()].sort((a, b) => compareTexts(`${a.path} ${a.kind}`, `${b.path} ${b.kind}`));
}

interface GroupsByPath {
  readonly exact: ReadonlyMap<string, PathGroup>;
  readonly prefix: ReadonlyMap<string, PathGroup>;
}

function groupsByPath(groups: readonly PathGroup[]): GroupsByPath {
  const having = (match: PathGroup['match']) =>
    new Map(groups.filter((group) => group.match === match).map((group) => [group.path, group]));
  return { exact: having('exact'), prefix: having('prefix') };
}

/** The group that the runtime would choose for this path. */
const groupFor = (groups: GroupsByPath, path: string): PathGroup | undefined =>
  groups.exact.get(path) ?? prefixGroupFor(groups, path);

/** The longest prefix wins, so the path is shortened until one covers it: `/a/b`, `/a/`, `/a`, `/`. */
function prefixGroupFor({ prefix }: GroupsByPath, path: string): PathGroup | undefined {
  let group = prefix.get(path);
  for (let slash = path.lastIndexOf('/'); group === undefined && slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
    group = prefix.get(path.slice(0, slash + 1)) ?? prefix.get(path.slice(0, slash));
    if (slash === 0) break;
  }
  return group;
}
