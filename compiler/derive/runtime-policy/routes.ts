/**
 * Routes of the runtime policy, each beside the route of the model that it came from.
 */

import { compareTexts, sortTexts } from '../../../schemas/data/texts.ts';
import type { Method, Route } from '../../../schemas/runtime-policy.gen.ts';
import { claim, field, fields, from, type Mark, type Marked } from '../../marks.ts';
import type { LimitModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { bucketOf } from '../limits/figures.ts';
import { limitKey } from '../limits/keepers.ts';
import { closedPathsOf } from './closed-paths.ts';
import { draftCrossOrigin } from './headers.ts';
import { limitIds, runtimeLimits } from './limits.ts';
import { policyNames } from './names.ts';
import { gatewayOf } from './placement.ts';
import { routeFeatures } from './route-features.ts';
import { type ServedRoute, servedRoutes } from './served-routes.ts';

export interface PolicyRoute extends ServedRoute {
  readonly id: string;
  readonly policy: Marked<Route>;
}

/** Every route that the runtime serves, by path, match and methods. */
export function policyRoutes(model: Model): readonly PolicyRoute[] {
  const served = servedRoutes(model);
  const closedPaths = closedPathsOf(model, served);
  const names = policyNames(served.map(({ route }) => route.id));
  const ids = limitIds(model);
  return served
    .map((entry) => {
      const id = names.get(entry.route.id) ?? entry.route.id;
      const closed = closedPaths(entry);
      return { ...entry, id, policy: toPolicy(model, entry, { id, closed, limits: limitsOf(model, entry, ids) }) };
    })
    .sort((a, b) => compareTexts(orderOf(a), orderOf(b)));
}

const orderOf = ({ id, route }: PolicyRoute): string =>
  [route.path, route.match, inOrder(route.methods).join(','), id].join(' ');

interface Derived {
  readonly id: string;
  readonly closed: readonly string[];
  readonly limits: readonly Marked<string>[];
}

function toPolicy(model: Model, { service, route }: ServedRoute, { id, closed, limits }: Derived): Marked<Route> {
  const { origin } = route;
  const subject = `route/${route.id}`;
  return {
    id: from(origin.of('name'), id),
    ...fields(route, 'path', 'match', 'cors'),
    methods: from(origin.of('methods'), inOrder(route.methods)),
    kind: kindOf(route, subject),
    upstream: field(service, 'name'),
    auth: authOf(model, route, subject),
    limits,
    timeoutMs: claim('edge/timeout', subject, { timeoutMs: route.timeout }, field(route, 'timeout')),
    // A plain answer may pause as long as the whole exchange may take; its timeout ends it.
    idleTimeoutMs:
      route.idleTimeout === undefined ? field(route, 'timeout') : from(origin.of('idleTimeout'), route.idleTimeout),
    bodyLimitBytes: claim('edge/body-limit', subject, { bytes: route.bodyLimit }, field(route, 'bodyLimit')),
    allow: allowOf(route, subject),
    hosts: route.hosts.length === 0 ? undefined : field(route, 'hosts'),
    ownCors: route.ownCors ? from(origin.of('cors'), true as const) : undefined,
    pages: route.pages ? from(origin.of('pages'), true as const) : undefined,
    crossOrigin: draftCrossOrigin(model, route),
    closed: closed.length === 0 ? undefined : from(origin.of('match'), closed),
    ...routeFeatures(model, route, subject),
  };
}

function kindOf(route: RouteModel, subject: string): Mark<RouteModel['kind']> {
  const kind = field(route, 'kind');
  if (route.kind !== 'sse') return kind;
  return claim('edge/streaming', subject, { kind: 'sse', idleTimeoutMs: route.idleTimeout ?? route.timeout }, kind);
}

function authOf(model: Model, route: RouteModel, subject: string): Mark<Route['auth']> {
  const auth = field(route, 'auth');
  const signing = gatewayOf(model)?.runtime?.signing;
  switch (route.auth) {
    case 'none':
      return auth;
    case 'signature':
      if (signing === undefined) return auth;
      return claim('identity/signature', subject, { profile: signing.profile, maxSkewMs: signing.maxSkew }, auth);
    default:
      return claim('identity/api-key', subject, { auth: route.auth }, auth);
  }
}

function allowOf(route: RouteModel, subject: string): Mark<readonly string[]> | undefined {
  if (route.allow.length === 0) return undefined;
  const networks = sortTexts(new Set(route.allow));
  return claim(
    'edge/restricted-path',
    subject,
    { allow: networks.join(', ') },
    from(route.origin.of('allow'), networks),
  );
}

/** The names of the limits that the runtime keeps, sorted; each claims what it refuses on this route. */
function limitsOf(
  model: Model,
  { service, route }: ServedRoute,
  ids: ReadonlyMap<string, string>,
): readonly Marked<string>[] {
  const named = new Map(
    runtimeLimits(model, service, route).map((limit) => [ids.get(limitKey(limit)) ?? limitKey(limit), limit]),
  );
  return [...named]
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([id, limit]) => claimLimit(id, limit, route, from(limit.origin.self, id)));
}

/** Nothing for a dry run, which refuses nothing. */
function claimLimit(id: string, limit: LimitModel, { id: route, cost }: RouteModel, name: Mark<string>): Mark<string> {
  const bucket = bucketOf(limit);
  if (limit.dryRun || bucket === undefined) return name;
  const variants = limit.variants.flatMap((variant) => {
    const figures = bucketOf(variant);
    return figures === undefined
      ? []
      : [`${variant.name} ${figures.requests} in ${figures.periodMs} ms, ${figures.capacity} at once`];
  });
  const parameters = {
    at: 'runtime',
    limit: id,
    per: limit.per,
    ...bucket,
    status: 429,
    ...(cost === 1 ? {} : { cost }),
    ...(variants.length === 0 ? {} : { variants: variants.join(', ') }),
  };
  return claim('edge/rate-limit', `route/${route}`, parameters, name);
}

const METHODS: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Methods in the order of the schema, each once. */
const inOrder = (methods: readonly string[]): readonly Method[] => METHODS.filter((method) => methods.includes(method));
