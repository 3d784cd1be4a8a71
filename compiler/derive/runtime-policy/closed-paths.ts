/**
 * What lies below a prefix route and is not served by it.
 *
 * Owns one decision for the edge and the runtime: a route that passes on everything below its path does not pass on what operators ask
 * (probes, metrics), nor what another route keeps inside (`exposed: false`). A route that names such a path itself opens it.
 */

import { sortTexts } from '../../../schemas/data/texts.ts';
import type { Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { coversHosts } from './hosts.ts';
import type { ServedRoute } from './served-routes.ts';

/** The closed paths of each prefix route of `served`, sorted; each stands for itself and everything below it. */
export function closedPathsOf(
  model: Model,
  served: readonly ServedRoute[],
): (entry: ServedRoute, ...more: readonly string[]) => readonly string[] {
  const hidden = hiddenPaths(model, served);
  const isNamed = (path: string, by: RouteModel): boolean =>
    served.some(({ route }) => route.path === path && coversHosts(route, by));
  return ({ service, route }, ...more) => {
    if (route.match === 'exact') return [];
    const paths = [...operatorPaths(service), ...hidden, ...more].filter((path) => covers(route, path));
    return sortTexts(new Set(paths.filter((path) => !isNamed(path, route))));
  };
}

/** What operators ask a service on the port that its routes are served from. */
function operatorPaths({ port, probes, metrics }: ServiceModel): readonly string[] {
  return [
    ...(probes !== undefined && probes.port === port ? [probes.livenessPath, probes.readinessPath] : []),
    ...(metrics.port !== undefined && metrics.port === port ? [metrics.path] : []),
  ];
}

/** Paths of routes that this enforcer does not serve. */
function hiddenPaths({ services }: Model, served: readonly ServedRoute[]): readonly string[] {
  const shown = new Set(served.map(({ route }) => route));
  return services
    .filter(({ role }) => role !== 'gateway')
    .flatMap(({ routes }) => routes.filter((route) => !shown.has(route)).map(({ path }) => path));
}

const covers = ({ path }: RouteModel, other: string): boolean =>
  other !== path && other.startsWith(path.endsWith('/') ? path : `${path}/`);
