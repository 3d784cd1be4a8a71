/**
 * Which spec value stands behind which part of a limit of the policy, as JSON pointers.
 *
 * The table is a record over the fields of the policy, so that a new one has to say where it comes from.
 */
import type { Limit, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { policyLimits } from '../../derive/policy/limits.ts';
import type { LimitModel, Model } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';

/** By field of the policy; undefined for what no spec says. */
const FIELDS: Readonly<Record<keyof Limit, keyof LimitModel | undefined>> = {
  requests: 'rate',
  perMs: 'rate',
  burst: 'burst',
  scope: 'per',
  onStoreFailure: 'onStoreFailure',
  dryRun: 'dryRun',
  variants: 'variants',
  status: undefined,
};

export const limitMarks = (model: Model, policy: RuntimePolicy): readonly OriginMark[] =>
  [...policyLimits(model)].flatMap(([id, limit]) => [
    ...Object.entries(FIELDS).flatMap(([part, field]) =>
      field === undefined || !Object.hasOwn(policy.limits[id] ?? {}, part)
        ? []
        : [{ part: `/limits/${id}/${part}`, origin: limit.origin.of(field) }],
    ),
    ...limit.variants.flatMap(({ name, origin }) =>
      (['requests', 'perMs', 'burst'] as const).map((part) => ({
        part: `/limits/${id}/variants/${name}/${part}`,
        origin: origin.of(FIELDS[part] ?? part),
      })),
    ),
  ]);
