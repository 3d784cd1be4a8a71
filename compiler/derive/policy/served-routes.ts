/**
 * Which routes of the model the runtime serves.
 *
 * Owns the selection that the rest of the policy is built from. A route is served when its service has an address; one that is not
 * exposed is served only behind an edge that hides it, because without nginx the runtime itself is what the world reaches.
 */
import type { Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { instancesOf } from './placement.ts';

export interface ServedRoute {
  readonly service: ServiceModel;
  readonly route: RouteModel;
}

/** Routes in the order of the model. The gateway's own routes have no service behind them and are left out. */
export function servedRoutes(model: Model): readonly ServedRoute[] {
  const hasEdge = model.system.targets.wanted.includes('nginx');
  return model.services
    .filter((service) => service.role !== 'gateway' && instancesOf(model, service).length > 0)
    .flatMap((service) => service.routes.map((route) => ({ service, route })))
    .filter(({ route }) => route.exposed || hasEdge);
}
