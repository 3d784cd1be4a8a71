/**
 * What the runtime does for a route beyond forwarding and limiting; a part that the spec leaves out is left out here.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { claim, field, fields, from, type Marked } from '../../marks.ts';
import type { Model, RouteModel } from '../../resolve/model/index.ts';
import { gatewayOf } from './placement.ts';

type Feature =
  | 'cost'
  | 'keepAliveMs'
  | 'websocket'
  | 'maxConcurrent'
  | 'credentials'
  | 'tenantShare'
  | 'priority'
  | 'body'
  | 'tenantField'
  | 'roles'
  | 'cache'
  | 'invalidates'
  | 'retries'
  | 'fanOut'
  | 'sunset';

/** Each of them has to be answered, be it with undefined. */
type Features = { readonly [K in Feature]: Marked<Route[K]> };

export function routeFeatures(model: Model, route: RouteModel, subject: string): Features {
  const { kind, cost, credentials, priority, roles, invalidates } = route;
  return {
    cost: cost === 1 ? undefined : field(route, 'cost'),
    keepAliveMs: kind === 'sse' ? field(route, 'keepAlive') : undefined,
    maxConcurrent: maxConcurrentOf(route, subject),
    credentials: credentials === 'hide' ? undefined : field(route, 'credentials'),
    priority: priority === 'normal' ? undefined : field(route, 'priority'),
    body: route.body && claim('edge/request-schema', subject, {}, from(route.origin.of('body'), route.body)),
    roles: roles.length === 0 ? undefined : field(route, 'roles'),
    invalidates: invalidates.length === 0 ? undefined : field(route, 'invalidates'),
    fanOut: fanOutOf(route),
    ...fields(route, 'tenantShare', 'tenantField', 'sunset'),
    cache: cacheOf(model, route, subject),
    retries: route.retries && fields(route.retries, 'max', 'on', 'budget'),
    websocket: webSocketOf(route, subject),
  };
}

function maxConcurrentOf(route: RouteModel, subject: string): Marked<Route['maxConcurrent']> {
  const { maxConcurrent, origin } = route;
  if (maxConcurrent === undefined) return undefined;
  const figure = from(origin.of('maxConnections'), maxConcurrent);
  return claim('edge/concurrency', subject, { maxPerProcess: maxConcurrent }, figure);
}

function fanOutOf({ calls }: RouteModel): Marked<Route['fanOut']> {
  const wide = calls.filter((call) => call.fanOut > 1);
  return wide.length === 0
    ? undefined
    : Object.fromEntries(wide.map((call) => [call.provider, field(call, 'fanOut')] as const));
}

function cacheOf(model: Model, { cache }: RouteModel, subject: string): Marked<Route['cache']> {
  if (cache === undefined) return undefined;
  const draft = fields(cache, 'use', 'tags', 'by', 'methods');
  const kept = gatewayOf(model)?.runtime?.caches.find(({ name }) => name === cache.use);
  if (kept === undefined) return draft;
  const { store, ttl, maxEntries } = kept;
  return claim('edge/response-cache', subject, { cache: cache.use, store, ttlMs: ttl, maxEntries }, draft);
}

function webSocketOf({ websocket }: RouteModel, subject: string): Marked<Route['websocket']> {
  if (websocket === undefined) return undefined;
  const { maxConnectionsPerTenant, pingInterval } = websocket;
  return claim(
    'edge/websocket',
    subject,
    { maxConnectionsPerTenant, pingIntervalMs: pingInterval },
    { ...fields(websocket, 'enabled', 'maxConnectionsPerTenant'), pingIntervalMs: field(websocket, 'pingInterval') },
  );
}
