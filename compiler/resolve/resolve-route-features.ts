/**
 * Resolves what the runtime does for a route beyond forwarding and limiting: bodies, roles, caches, concurrency, retries, sockets.
 */
import type { Route } from '../../schemas/spec/service.gen.ts';
import { FieldReader } from './field-reader.ts';
import type { RetriesModel, RouteCacheModel, RouteModel, WebSocketModel } from './model/index.ts';
import type { Report } from './report.ts';

type RouteFeatures = Pick<
  RouteModel,
  | 'body'
  | 'tenantField'
  | 'roles'
  | 'cache'
  | 'invalidates'
  | 'maxConcurrent'
  | 'credentials'
  | 'tenantShare'
  | 'priority'
  | 'retries'
  | 'cost'
  | 'sunset'
  | 'websocket'
>;

export function resolveRouteFeatures(
  read: FieldReader<Route>,
  { kind, takesSockets }: { readonly kind: RouteModel['kind']; readonly takesSockets: boolean },
  report: Report,
): RouteFeatures {
  // Read on every kind of route, so that a check can tell where it does nothing.
  read.get('websocket');
  return {
    body: read.get('body'),
    tenantField: read.get('tenantField'),
    roles: [...(read.get('roles') ?? [])].sort(),
    cache: read.get('cache') && resolveRouteCache(read, report),
    invalidates: [...(read.get('invalidates') ?? [])].sort(),
    credentials: read.getOr('credentials', 'route-credentials'),
    maxConcurrent: kind === 'sse' ? read.getOr('maxConcurrent', 'route-max-streams') : read.get('maxConcurrent'),
    tenantShare: read.ratio('tenantShare'),
    priority: read.getOr('priority', 'route-priority'),
    retries: read.get('retries') && resolveRetries(read, report),
    cost: read.getOr('cost', 'route-cost'),
    sunset: read.get('sunset'),
    websocket: takesSockets ? resolveWebSocket(read, report) : undefined,
  };
}

function resolveRouteCache(read: FieldReader<Route>, report: Report): RouteCacheModel {
  const cache = new FieldReader(read.child('cache'), report);
  return {
    use: cache.get('use') ?? '',
    tags: [...(cache.get('tags') ?? [])].sort(),
    by: [...(cache.get('by') ?? [])].sort(),
    methods: [...cache.getOr('methods', 'cache-methods', ['GET'])].sort(),
    origin: cache.origins(),
  };
}

function resolveRetries(read: FieldReader<Route>, report: Report): RetriesModel {
  const retries = new FieldReader(read.child('retries'), report);
  return {
    max: retries.getOr('max', 'retries-max'),
    on: [...(retries.get('on') ?? [])].sort(),
    budget: retries.ratioOr('budget', 'retries-budget'),
    origin: retries.origins(),
  };
}

function resolveWebSocket(read: FieldReader<Route>, report: Report): WebSocketModel {
  const socket = new FieldReader(read.child('websocket'), report);
  return {
    enabled: socket.getOr('enabled', 'websocket-enabled'),
    maxConnectionsPerTenant: socket.getOr('maxConnectionsPerTenant', 'websocket-max-connections-per-tenant'),
    // A socket that nobody gave an interval is kept alive like any other stream.
    pingInterval: socket.duration('pingInterval') ?? read.durationOr('keepAlive', 'route-keep-alive'),
    env: socket.get('env') ?? {},
    origin: socket.origins(),
  };
}
