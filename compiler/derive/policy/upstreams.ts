/**
 * Upstreams of the policy: the services whose routes the runtime serves.
 */
import type { Upstream } from '../../../schemas/runtime-policy.gen.ts';
import type { Model, OutliersModel } from '../../resolve/model/index.ts';
import { connectionsTo, idleTimeTo } from '../connection-pool.ts';
import { toBreaker } from './breaker.ts';
import { instancesOf } from './placement.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts } from './sort-texts.ts';

/** By service name. The wait for a response head is the longest timeout of the service's routes, so that each route's own decides. */
export function buildUpstreams(model: Model): Record<string, Upstream> {
  const services = [...new Set(servedRoutes(model).map(({ service }) => service))].sort((a, b) =>
    compareTexts(a.name, b.name),
  );
  return Object.fromEntries(
    services.flatMap((service) => {
      const [first, ...rest] = instancesOf(model, service).map((instance) => `http://${instance}`);
      if (first === undefined) return [];
      const upstream: Upstream = {
        targets: [first, ...rest],
        connectTimeoutMs: 1000,
        headersTimeoutMs: Math.max(...service.routes.map((route) => route.timeout)),
        maxConnections: connectionsTo(service),
        keepAliveMs: idleTimeTo(service),
        ...(service.host === 'own' ? {} : { host: service.host }),
        ...(service.balance === 'round-robin' ? {} : { balance: service.balance }),
        ...(service.breaker === undefined ? {} : { breaker: toBreaker(service.breaker) }),
        ...(service.outliers === undefined ? {} : { health: toHealth(service.outliers) }),
      };
      return [[service.name, upstream] as const];
    }),
  );
}

/** By the outcome of real requests; nobody is asked. */
const toHealth = ({ failures, leaveOut }: OutliersModel): NonNullable<Upstream['health']> => ({
  intervalMs: 5000,
  timeoutMs: 1000,
  unhealthyAfter: failures,
  healthyAfter: 1,
  ejectMs: leaveOut,
});
