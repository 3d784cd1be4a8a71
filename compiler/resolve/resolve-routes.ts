/**
 * Resolves the routes of a service, with the budgets that limit them.
 */
import type { RateLimit } from '../../schemas/spec/common.gen.ts';
import type { Route, ServiceSpec } from '../../schemas/spec/service.gen.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { ResolveContext } from './context.ts';
import { below, FieldReader } from './field-reader.ts';
import type { LimitModel, RouteModel } from './model/index.ts';
import type { SpecPointer } from './model/origin.ts';
import { resolveRouteCors, withPreflights } from './resolve-cross-origin.ts';
import { resolveHosts } from './resolve-hosts.ts';
import { ownBudget, resolveLimit } from './resolve-limits.ts';
import { resolveRouteFeatures } from './resolve-route-features.ts';

type ServiceReader = FieldReader<ServiceSpec & { pool?: number; instances?: number }>;

export function resolveRoutes(read: ServiceReader, service: string, context: ResolveContext): RouteModel[] {
  const seen = new Map<string, RouteModel>();
  const shared = { hosts: resolveHosts(read, context) ?? [], pages: read.getOr('pages', 'route-pages') };
  const routes = (read.get('routes') ?? []).map((route, index) => {
    const model = resolveRoute(
      new FieldReader<Route>({ base: route, at: read.at('routes', index) }, context.report),
      route,
      service,
      shared,
      context,
    );
    const earlier = seen.get(model.name);
    if (earlier === undefined) seen.set(model.name, model);
    else {
      context.report.add('SW-306', model.origin.self, `two routes of \`${service}\` are named \`${model.name}\``, {
        related: [{ at: earlier.origin.self, note: 'the other one is here' }],
      });
    }
    return model;
  });
  return [...withPreflights(routes)];
}

/** What a service says for all of its routes. */
type Shared = Pick<RouteModel, 'hosts' | 'pages'>;

function resolveRoute(
  read: FieldReader<Route>,
  route: Route,
  service: string,
  shared: Shared,
  context: ResolveContext,
): RouteModel {
  const { report } = context;
  const name = read.get('name') ?? nameFromPath(route.path);
  const kind = read.getOr('kind', 'route-kind');
  const upgrade = read.get('upgrade') !== undefined;
  const streaming = kind !== 'http' || upgrade;
  return {
    id: `${service}/${name}`,
    name,
    path: read.get('path') ?? '/',
    match: read.getOr('match', 'route-match'),
    methods: [...read.getOr('methods', 'methods', ['GET'])].sort(),
    kind,
    upgrade,
    hosts: resolveHosts(read, context) ?? shared.hosts,
    pages: read.get('pages') ?? shared.pages,
    auth: read.getOr('auth', 'route-auth'),
    limits: resolveRouteLimits(read, route, `${service}/${name}`, context),
    timeout: read.durationOr('timeout', 'route-timeout'),
    idleTimeout: streaming ? read.durationOr('idleTimeout', 'route-idle-timeout') : read.duration('idleTimeout'),
    keepAlive: streaming ? read.durationOr('keepAlive', 'route-keep-alive') : read.duration('keepAlive'),
    bodyLimit: read.bytesOr('bodyLimit', 'body-limit'),
    ...resolveRouteCors(read, context.environment, report),
    allow: [...(read.get('allow') ?? [])].sort(),
    exposed: read.getOr('exposed', 'route-exposed'),
    calls: (read.get('calls') ?? []).map((call, index) => {
      const fields = new FieldReader({ base: call, at: read.at('calls', index) }, report);
      return { provider: fields.get('provider') ?? '', fanOut: fields.get('fanOut') ?? 1, origin: fields.origins() };
    }),
    peak: read.rate('peak'),
    ...resolveRouteFeatures(read, { kind, takesSockets: kind === 'websocket' || upgrade }, report),
    origin: read.origins(),
  };
}

/** Budgets of the route's own, and those of the system that it names. */
function resolveRouteLimits(read: FieldReader<Route>, route: Route, id: string, context: ResolveContext): LimitModel[] {
  const zone = id.replace('/', '-');
  const { system, over, report } = context;
  const wanted = system.targets.wanted;
  const inline = (base: RateLimit, at: SpecPointer, name: string) =>
    resolveLimit({ base, at }, { zone: name, wanted, over, report });
  const own = route.rateLimit === undefined ? [] : [inline(route.rateLimit, read.at('rateLimit'), zone)];
  read.get('rateLimits');
  const listed = (route.rateLimits ?? []).flatMap((entry, index) => {
    const at = below(read.at('rateLimits'), index);
    if (typeof entry === 'object') return [inline(entry, at, `${zone}-${index}`)];
    const found = system.limits.filter((limit) => limit.zone === entry);
    if (found.length === 0) reportUnknownZone(entry, at, context);
    return found;
  });
  return [...own, ...listed].map((limit) => ownBudget(limit, id));
}

function reportUnknownZone(
  zone: string,
  at: { document: ResolveContext['over']['source']; path: readonly (string | number)[] },
  { system, report }: ResolveContext,
): void {
  const near = suggestName(
    zone,
    system.limits.map((limit) => limit.zone),
  );
  report.add('SW-301', at, `the system declares no zone \`${zone}\``, {
    hint: near === undefined ? 'Declare the zone in `rateLimits` of the System document.' : `Did you mean \`${near}\`?`,
  });
}

/** `/v1/admin/tenants` becomes `v1-admin-tenants`, the root becomes `root`. */
function nameFromPath(path: string): string {
  const name = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '');
  return name === '' ? 'root' : name;
}
