/**
 * Upstreams of the runtime policy: the services whose routes the runtime serves.
 */

import { compareTexts } from '../../../schemas/data/texts.ts';
import type { Upstream } from '../../../schemas/runtime-policy.gen.ts';
import { field, from, type Marked, unmark } from '../../marks.ts';
import type { Model, OutliersModel, ServiceModel } from '../../resolve/model/index.ts';
import { connectionsTo, idleTimeTo } from '../connection-pool.ts';
import { toBreaker } from './breaker.ts';
import { instancesOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';

/** The upstreams as data, by service name. */
export const buildUpstreams = (model: Model): Record<string, Upstream> =>
  unmark<Record<string, Upstream>>(draftUpstreams(model));

/** By service name. */
export function draftUpstreams(model: Model): Record<string, Marked<Upstream>> {
  const services = [...new Set(servedRoutes(model).map(({ service }) => service))].sort((a, b) =>
    compareTexts(a.name, b.name),
  );
  return Object.fromEntries(services.map((service) => [service.name, toPolicy(model, service)]));
}

function toPolicy(model: Model, service: ServiceModel): Marked<Upstream> {
  const { origin, host, balance, breaker, outliers } = service;
  const targets = instancesOf(model, service).map((instance) => `http://${instance}`);
  return {
    targets: from(
      service.process?.origin.has('instancePorts') ? service.process.origin.of('instancePorts') : origin.of('port'),
      targets,
    ),
    connectTimeoutMs: 1000,
    headersTimeoutMs: headersTimeoutOf(service),
    maxConnections: from(origin.self, connectionsTo(service)),
    keepAliveMs: from(origin.of('keepAliveTimeout'), idleTimeTo(service)),
    host: host === 'own' ? undefined : from(origin.of('host'), host),
    balance: balance === 'round-robin' ? undefined : from(origin.of('balance'), balance),
    breaker: breaker && toBreaker(breaker),
    health: outliers && toHealth(outliers),
  };
}

/** The longest timeout of the service's routes, so that each route's own decides. */
function headersTimeoutOf({ routes, origin }: ServiceModel): Marked<number> {
  const longest = Math.max(...routes.map((route) => route.timeout));
  const route = routes.find(({ timeout }) => timeout === longest);
  return from(route?.origin.of('timeout') ?? origin.self, longest);
}

/** By the outcome of real requests; nobody is asked. */
const toHealth = (outliers: OutliersModel): Marked<NonNullable<Upstream['health']>> => ({
  intervalMs: 5000,
  timeoutMs: 1000,
  unhealthyAfter: field(outliers, 'failures'),
  healthyAfter: 1,
  ejectMs: field(outliers, 'leaveOut'),
});
