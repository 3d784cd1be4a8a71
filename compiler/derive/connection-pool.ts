/**
 * Connections to a service, as whoever calls it keeps them: how many, and how long one may be idle.
 *
 * Owns both figures for the gateway and for nginx, so that neither keeps a connection that the service is about to close.
 */
import type { RouteModel, ServiceModel } from '../resolve/model/index.ts';

/** For requests of all routes that have no bound of their own. */
export const SHARED_CONNECTIONS = 128;
/** A gateway towards one address runs out of ports beyond this (`net.ipv4.ip_local_port_range` of Linux). */
export const MAX_CONNECTIONS = 28_000;
/** Below this nobody can close in time: a packet and a pause of a process take part of a second. */
export const SHORTEST_KEEP_ALIVE_MS = 1_000;
const MARGIN_MS = 1_000;

/** Routes whose bound the gateway has to find connections for. A WebSocket has one of its own beside them. */
export function boundedRoutes({ routes }: ServiceModel): readonly (RouteModel & { readonly maxConcurrent: number })[] {
  return routes.flatMap((route) => {
    const { kind, maxConcurrent } = route;
    return kind === 'websocket' || maxConcurrent === undefined ? [] : [{ ...route, maxConcurrent }];
  });
}

/** Enough for all declared streams at once, and as many as ever for everything else: no request waits behind a stream. */
export function connectionsTo(service: ServiceModel): number {
  return boundedRoutes(service).reduce((sum, { maxConcurrent }) => sum + maxConcurrent, SHARED_CONNECTIONS);
}

/** A second before the service closes, or at half its time. */
export function idleTimeTo({ keepAliveTimeout }: ServiceModel): number {
  return Math.max(keepAliveTimeout - MARGIN_MS, Math.floor(keepAliveTimeout / 2));
}
