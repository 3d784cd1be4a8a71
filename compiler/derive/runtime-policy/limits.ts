/**
 * Rate limits of the runtime policy: one budget for each zone and scope that the runtime keeps.
 *
 * Owns their names and their form. Which limits those are, and their figures, come from `derive/limits/`.
 */

import { compareTexts } from '../../../schemas/data/texts.ts';
import type { Limit } from '../../../schemas/runtime-policy.gen.ts';
import { field, fields, from, type Marked } from '../../marks.ts';
import type {
  LimitModel,
  LimitVariantModel,
  Model,
  ModelNode,
  RouteModel,
  ServiceModel,
} from '../../resolve/model/index.ts';
import { type Bucket, bucketOf, type Figures } from '../limits/figures.ts';
import { limitKey, limitsKeptBy } from '../limits/keepers.ts';
import { policyNames } from './names.ts';
import { servedRoutes } from './served-routes.ts';

/** The limits that the runtime enforces, by id. */
export const draftLimits = (model: Model): Record<string, Marked<Limit>> =>
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

function toPolicy(limit: LimitModel): readonly Marked<Limit>[] {
  const bucket = bucketDraft(limit);
  if (bucket === undefined) return [];
  return [
    {
      ...fields(limit, 'per', 'onStoreFailure'),
      ...bucket,
      status: 429,
      dryRun: limit.dryRun ? field(limit, 'dryRun') : undefined,
      variants:
        limit.variants.length === 0
          ? undefined
          : from(
              limit.origin.of('variants'),
              Object.fromEntries(limit.variants.flatMap((variant) => variantEntry(variant))),
            ),
    },
  ];
}

function variantEntry(variant: LimitVariantModel): readonly (readonly [string, BucketDraft])[] {
  const bucket = bucketDraft(variant);
  return bucket === undefined ? [] : [[variant.name, bucket]];
}

type BucketDraft = { readonly [K in keyof Bucket]: Marked<Bucket[K]> };

function bucketDraft(figures: Figures & ModelNode): BucketDraft | undefined {
  const bucket = bucketOf(figures);
  const { of } = figures.origin;
  return (
    bucket && {
      requests: from(of('rate'), bucket.requests),
      periodMs: from(of('rate'), bucket.periodMs),
      capacity: from(of('burst'), bucket.capacity),
    }
  );
}
