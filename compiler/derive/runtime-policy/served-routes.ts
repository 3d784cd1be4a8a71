/**
 * Which routes of the model the runtime serves, and which the edge passes on.
 *
 * Owns the selection that the rest of the policy is built from. A route is served when its service has an address; one that is not
 * exposed is served only behind an edge that hides it, because without nginx the runtime itself is what the world reaches.
 */
import type { Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { gatewayOf, instancesOf } from './placement.ts';

export interface ServedRoute {
  readonly service: ServiceModel;
  readonly route: RouteModel;
}

/** Routes in the order of the model. */
export const servedRoutes = (model: Model): readonly ServedRoute[] =>
  model.services.flatMap((service) =>
    service.routes.filter((route) => isServed(model, service, route)).map((route) => ({ service, route })),
  );

/** The gateway's own routes have no service behind them and are not served. */
export const isServed = (model: Model, service: ServiceModel, route: RouteModel): boolean =>
  service.role !== 'gateway' &&
  instancesOf(model, service).length > 0 &&
  (route.exposed || model.system.targets.wanted.includes('nginx'));

/** Exposed routes that have somewhere to go. The gateway's own routes are its probes; it serves no others. */
export const isPassedOn = (model: Model, service: ServiceModel, route: RouteModel): boolean =>
  route.exposed &&
  instancesOf(model, service).length > 0 &&
  (service.role !== 'gateway' || probePaths(gatewayOf(model)).includes(route.path));

/** Paths on which a service answers probes. */
export const probePaths = (service: ServiceModel | undefined): readonly string[] =>
  service?.probes === undefined ? [] : [service.probes.livenessPath, service.probes.readinessPath];
