/**
 * Objectives of the runtime policy: those that the runtime itself can see, over requests that pass it.
 */

import { compareTexts } from '../../../schemas/data/texts.ts';
import type { Objective } from '../../../schemas/runtime-policy.gen.ts';
import { field, from, type Marked } from '../../marks.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import { policyNames } from './names.ts';
import { policyRoutes } from './routes.ts';
import { servedRoutes } from './served-routes.ts';

export function draftObjectives(model: Model): Marked<Objective>[] {
  const served = new Set(servedRoutes(model).map(({ service }) => service.name));
  const routes = new Map(policyRoutes(model).map(({ route, id }) => [route.id, id]));
  const found = model.services.flatMap((service) =>
    served.has(service.name) ? service.objectives.map((objective) => ({ service, objective })) : [],
  );
  const names = policyNames(found.map(({ service, objective }) => idOf(service, objective)));
  return found
    .flatMap(({ service, objective }) => {
      const route = objective.route === undefined ? undefined : routes.get(objective.route);
      if (objective.route !== undefined && route === undefined) return [];
      // The whole is no objective that can be missed by a share.
      if (objective.target >= 1) return [];
      const name = names.get(idOf(service, objective)) ?? objective.name;
      return [{ name, draft: toPolicy(service, objective, name, route) }];
    })
    .sort((a, b) => compareTexts(a.name, b.name))
    .map(({ draft }) => draft);
}

const idOf = ({ name }: ServiceModel, objective: ObjectiveModel): string => `${name}/${objective.name}`;

const toPolicy = (
  service: ServiceModel,
  objective: ObjectiveModel,
  name: string,
  route: string | undefined,
): Marked<Objective> => ({
  name: from(objective.origin.of('name'), name),
  upstream: field(service, 'name'),
  route: from(objective.origin.of('route'), route),
  target: field(objective, 'target'),
  withinMs: objective.kind === 'latency' ? field(objective, 'within') : undefined,
  windowMs: field(objective, 'window'),
});
