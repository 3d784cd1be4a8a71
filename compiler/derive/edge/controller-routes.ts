/**
 * What a controller of the cluster passes on in the place of nginx: the Gateway API, or an Ingress.
 *
 * Owns the choice of paths. Only what the spec exposes is matched, so that neither probes nor metrics are public; below a prefix that covers
 * such a path, a Gateway matches it on its own and forwards nowhere, and an Ingress cannot.
 */

import { sortTexts } from '../../../schemas/data/texts.ts';
import type { ControllerEdgeModel, Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { closedPathsOf } from '../runtime-policy/closed-paths.ts';
import { gatewayOf } from '../runtime-policy/placement.ts';
import { isPassedOn, probePaths } from '../runtime-policy/served-routes.ts';

export const controllerEdgeOf = ({ environment: { edge } }: Model): ControllerEdgeModel | undefined =>
  edge === undefined || edge.kind === 'nginx' ? undefined : edge;

export interface ControllerRoute {
  readonly path: string;
  readonly match: RouteModel['match'];
  /** The host names that it is for; empty for all. */
  readonly hosts: readonly string[];
  /** Who gets the requests: the gateway, or the service itself where there is none. */
  readonly service: ServiceModel;
  readonly route: RouteModel;
  /** Paths below a prefix that are not served. */
  readonly closed: readonly string[];
}

/** In the order of the model, each path once for each set of hosts. */
export function controllerRoutes(model: Model): readonly ControllerRoute[] {
  const gateway = gatewayOf(model);
  const passed = model.services.flatMap((service) =>
    service.routes.filter((route) => isPassedOn(model, service, route)).map((route) => ({ service, route })),
  );
  const closedPaths = closedPathsOf(model, passed);
  const byPath = new Map<string, ControllerRoute>();
  for (const { service, route } of passed) {
    const key = JSON.stringify([route.path, route.match, route.hosts]);
    const closed = sortTexts(new Set(closedPaths({ service, route }, ...probePaths(gateway))));
    if (!byPath.has(key))
      byPath.set(key, {
        path: route.path,
        match: route.match,
        hosts: route.hosts,
        service: gateway ?? service,
        route,
        closed,
      });
  }
  return [...byPath.values()];
}
