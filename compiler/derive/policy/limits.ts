/**
 * Rate limits of the policy: one budget for each zone and scope.
 *
 * Owns the translation of figures. `burst` of the spec counts requests above the steady rate, as nginx does; the policy's is the size of
 * the bucket, one more. A rate stays an exact fraction: `0.5/s` is 1 in 2000 ms.
 */
import type { Limit } from '../../../schemas/runtime-policy.gen.ts';
import { perSecond, type Rate } from '../../../schemas/units/index.ts';
import type { LimitModel, Model, RouteModel } from '../../resolve/model/index.ts';
import { policyNames } from './names.ts';
import { servedRoutes } from './served-routes.ts';
import { compareTexts } from './sort-texts.ts';

/** Figures that the policy's schema admits. */
const MOST = 1_000_000;
const LONGEST_PERIOD_MS = 31 * 86_400_000;

/** The limits that the runtime enforces, by id. */
export const buildLimits = (model: Model): Record<string, Limit> =>
  Object.fromEntries([...policyLimits(model)].map(([id, limit]) => [id, toPolicy(limit)]));

/** The same as the model has them. Where a zone is given twice with different figures the stricter one holds. */
export function policyLimits(model: Model): ReadonlyMap<string, LimitModel> {
  const ids = limitIds(model);
  const limits = new Map<string, LimitModel>();
  for (const limit of servedRoutes(model).flatMap(({ route }) => runtimeLimits(model, route))) {
    const id = ids.get(limitKey(limit)) ?? limitKey(limit);
    const known = limits.get(id);
    if (known === undefined || isStricter(limit, known)) limits.set(id, limit);
  }
  return new Map([...limits].sort(([a], [b]) => compareTexts(a, b)));
}

/** The ids of the limits, by `limitKey`: the value of the label `policy` on the runtime's rate-limit metrics. */
export const limitIds = (model: Model): ReadonlyMap<string, string> =>
  policyNames(servedRoutes(model).flatMap(({ route }) => runtimeLimits(model, route).map(limitKey)));

/** What makes two limits one budget. */
export const limitKey = (limit: LimitModel): string => `${limit.zone}/${limit.per}`;

/**
 * The limits of a route that the runtime can count: those placed there, less those by an identity that the route does not ask for.
 * Behind an nginx whose address nobody declared, every client looks like nginx: one budget would then be shared by all of them, so limits
 * by client are left to the edge.
 */
export const runtimeLimits = (model: Model, route: RouteModel): readonly LimitModel[] =>
  route.limits.filter(
    (limit) =>
      limit.at.includes('runtime') &&
      (!NEEDS_KEY.has(limit.per) || IDENTIFIES.has(route.auth)) &&
      (limit.per !== 'client' || seesClients(model)),
  );

const seesClients = ({ system, environment }: Model): boolean =>
  !system.targets.wanted.includes('nginx') || environment.trustedProxies.length > 0;

const IDENTIFIES: ReadonlySet<RouteModel['auth']> = new Set(['api-key', 'signature']);
const NEEDS_KEY: ReadonlySet<LimitModel['per']> = new Set(['api-key', 'tenant', 'user', 'organisation']);

function isStricter(left: LimitModel, right: LimitModel): boolean {
  const difference = perSecond(left.rate) - perSecond(right.rate);
  return difference === 0 ? left.burst < right.burst : difference < 0;
}

const toPolicy = (limit: LimitModel): Limit => ({
  scope: limit.per,
  ...exactFraction(limit.rate),
  burst: Math.min(limit.burst + 1, MOST),
  status: 429,
  onStoreFailure: limit.onStoreFailure,
  ...(limit.dryRun ? { dryRun: true } : {}),
  ...(limit.variants.length === 0 ? {} : { variants: toVariants(limit) }),
});

const toVariants = ({ variants }: LimitModel): NonNullable<Limit['variants']> =>
  Object.fromEntries(
    variants.map(({ name, rate, burst }) => [name, { ...exactFraction(rate), burst: Math.min(burst + 1, MOST) }]),
  );

/** Whole requests in whole milliseconds: as written where possible, otherwise the smallest fraction that is the same rate. */
export function exactFraction(rate: Rate): { readonly requests: number; readonly perMs: number } {
  if (Number.isInteger(rate.count) && rate.count <= MOST) return { requests: rate.count, perMs: rate.per };
  const digits = decimalsOf(rate.count);
  const requests = Math.round(rate.count * 10 ** digits);
  const perMs = rate.per * 10 ** digits;
  const divisor = greatestCommonDivisor(requests, perMs);
  return { requests: Math.min(requests / divisor, MOST), perMs: Math.min(perMs / divisor, LONGEST_PERIOD_MS) };
}

const decimalsOf = (value: number): number => (String(value).split('.')[1] ?? '').length;

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
