/**
 * Who keeps a limit of a route: the edge, the runtime, both or nobody.
 *
 * The one answer for the policy, the nginx configuration, their claims and the checks, so that they cannot disagree. An enforcer keeps all
 * of a limit or none of it.
 */
import type { EnforcementPoint, LimitModel, Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { EDGE_RULES } from './edge-rules.ts';
import { type RefusedField, type RouteLimit, type Rules, refusalOf } from './enforcer.ts';
import { RUNTIME_RULES } from './runtime-rules.ts';

const RULES: Readonly<Record<EnforcementPoint, Rules>> = { edge: EDGE_RULES, runtime: RUNTIME_RULES };

export interface Keepers {
  readonly by: readonly EnforcementPoint[];
  /** Why the others do not. */
  readonly refusals: Readonly<Partial<Record<EnforcementPoint, RefusedField>>>;
}

export function keepersOf(asked: RouteLimit): Keepers {
  const [edge, runtime] = [refusalOf(RULES.edge, asked), refusalOf(RULES.runtime, asked)];
  return {
    by: [...(edge === undefined ? (['edge'] as const) : []), ...(runtime === undefined ? (['runtime'] as const) : [])],
    refusals: { ...(edge && { edge }), ...(runtime && { runtime }) },
  };
}

/** The limits of a route that `point` keeps. */
export const limitsKeptBy = (
  point: EnforcementPoint,
  model: Model,
  service: ServiceModel,
  route: RouteModel,
): readonly LimitModel[] =>
  route.limits.filter((limit) => refusalOf(RULES[point], { model, service, route, limit }) === undefined);

/** Every limit of every route of a model. */
export const routeLimits = (model: Model): readonly RouteLimit[] =>
  model.services.flatMap((service) =>
    service.routes.flatMap((route) => route.limits.map((limit) => ({ model, service, route, limit }))),
  );

/** What makes two limits one budget. Two with the same key have the same figures, or SW-307 has said so. */
export const limitKey = (limit: LimitModel): string => `${limit.zone}/${limit.per}`;
