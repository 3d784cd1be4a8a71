/**
 * Objectives of the policy: those that the runtime itself can see, over requests that pass it.
 */
import type { Objective } from '../../../schemas/runtime-policy.gen.ts';
import type { Model } from '../../resolve/model/index.ts';
import { policyNames } from './names.ts';
import { policyRoutes } from './routes.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts } from './sort-texts.ts';

export function buildObjectives(model: Model): Objective[] {
  const served = new Set(servedRoutes(model).map(({ service }) => service.name));
  const routes = new Map(policyRoutes(model).map(({ route, policy }) => [route.id, policy.id]));
  const found = model.services.flatMap((service) =>
    served.has(service.name) ? service.objectives.map((objective) => ({ service: service.name, objective })) : [],
  );
  const names = policyNames(found.map(({ service, objective }) => `${service}/${objective.name}`));
  return found
    .flatMap(({ service, objective }): Objective[] => {
      const route = objective.route === undefined ? undefined : routes.get(objective.route);
      if (objective.route !== undefined && route === undefined) return [];
      // The whole is no objective that can be missed by a share.
      if (objective.target >= 1) return [];
      return [
        {
          name: names.get(`${service}/${objective.name}`) ?? objective.name,
          upstream: service,
          ...(route === undefined ? {} : { route }),
          target: objective.target,
          ...(objective.kind === 'latency' ? { withinMs: objective.within } : {}),
          windowMs: objective.window,
        },
      ];
    })
    .sort((a, b) => compareTexts(a.name, b.name));
}
