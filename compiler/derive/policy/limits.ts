/**
 * Rate limits of the policy: one budget for each zone and scope that the runtime keeps.
 *
 * Owns their names and their form. Which limits those are, and their figures, come from `derive/limits/`.
 */
import type { Limit } from '../../../schemas/runtime-policy.gen.ts';
import type { LimitModel, Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { bucketOf } from '../limits/figures.ts';
import { limitKey, limitsKeptBy } from '../limits/keepers.ts';
import { policyNames } from './names.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts } from './sort-texts.ts';

/** The limits that the runtime enforces, by id. */
export const buildLimits = (model: Model): Record<string, Limit> =>
  Object.fromEntries([...policyLimits(model)].flatMap(([id, limit]) => toPolicy(limit).map((built) => [id, built])));

/** The same as the model has them. */
export function policyLimits(model: Model): ReadonlyMap<string, LimitModel> {
  const ids = limitIds(model);
  const limits = allKept(model).map((limit) => [ids.get(limitKey(limit)) ?? limitKey(limit), limit] as const);
  return new Map(limits.sort(([a], [b]) => compareTexts(a, b)));
}

/** The ids of the limits, by `limitKey`: the value of the label `policy` on the runtime's rate-limit metrics. */
export const limitIds = (model: Model): ReadonlyMap<string, string> => policyNames(allKept(model).map(limitKey));

/** The limits of a route that the runtime keeps. */
export const runtimeLimits = (model: Model, service: ServiceModel, route: RouteModel): readonly LimitModel[] =>
  limitsKeptBy('runtime', model, service, route);

const allKept = (model: Model): readonly LimitModel[] =>
  servedRoutes(model).flatMap(({ service, route }) => runtimeLimits(model, service, route));

function toPolicy(limit: LimitModel): readonly Limit[] {
  const bucket = bucketOf(limit);
  if (bucket === undefined) return [];
  return [
    {
      scope: limit.per,
      ...bucket,
      status: 429,
      onStoreFailure: limit.onStoreFailure,
      ...(limit.dryRun ? { dryRun: true } : {}),
      ...(limit.variants.length === 0 ? {} : { variants: toVariants(limit) }),
    },
  ];
}

const toVariants = ({ variants }: LimitModel): NonNullable<Limit['variants']> =>
  Object.fromEntries(
    variants.flatMap((variant) => {
      const bucket = bucketOf(variant);
      return bucket === undefined ? [] : [[variant.name, bucket]];
    }),
  );
