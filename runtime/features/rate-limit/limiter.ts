/**
 * Which budgets a request draws on, and how large they are.
 *
 * Where replicas count together each budget is whole, and its share is what one of them may admit alone while the shared store is
 * away. Where each counts for itself every budget is the share, so that together they never admit more than the policy says.
 */
import type { Limit, Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { identityOf, type Subject } from '../../http/caller-identity.ts';
import type { Principal } from '../../http/principal.ts';
import type { Charge, LimitRules, Size } from './charge.ts';
import { compileBucket, type Rate } from './gcra.ts';
import { budgetKey, createOverrides, type Overrides } from './overrides.ts';
import { formatPolicyMember } from './ratelimit-fields.ts';

export interface Limiter {
  /** Every budget of the request. */
  charges(route: Route, subject: Subject): readonly Charge[];
  /** The budgets that are known before the caller is. */
  clientCharges(route: Route, subject: Subject): readonly Charge[];
  /** Whether a route has such budgets. */
  hasClientLimits(route: Route): boolean;
  /** The budget of failed attempts of a client; undefined where the policy sets none. */
  failureCharge(subject: Subject): Charge | undefined;
  /** One budget by name, for its administration; undefined when the policy has no such limit. `variant`: tier or type. */
  chargeOf(name: BudgetName): (Charge & { readonly rate: Rate }) | undefined;
}

export interface BudgetName {
  readonly limit: string;
  /** Whose budget: `client:203.0.113.9`, `key:<id>`, `tenant:<t>`, `organisation:<o>`, `user:<t>/<u>`, `route:<id>` or `global`. */
  readonly identity: string;
  /** Tier of the tenant or type of the key, where the limit has variants. Default: none of them. */
  readonly variant?: string | undefined;
  /** Tenant of a key, needed for budgets by key in a Redis cluster. */
  readonly tenant?: string | undefined;
}

/** The limit of failed attempts. No limit of a policy can have this name. */
export const AUTH_FAILURES = '_auth-failures';

interface CompiledLimit {
  readonly rules: LimitRules;
  readonly rate: Rate;
  readonly size: Size;
  readonly variants: ReadonlyMap<string, { readonly rate: Rate; readonly size: Size }>;
}

export interface LimiterOptions {
  readonly isShared?: boolean;
  readonly overrides?: Overrides;
}

export function createLimiter(policy: RuntimePolicy, options: LimiterOptions = {}): Limiter {
  const { isShared = false, overrides = createOverrides() } = options;
  const { replicas } = policy.storage;
  const { failures } = policy.auth;
  const overridden = new WeakMap<Rate, Size>();
  const compiled = new Map(Object.entries(policy.limits).map(([id, limit]) => [id, compileLimit(id, limit)] as const));
  const failed = failures === undefined ? undefined : compileLimit(AUTH_FAILURES, { ...FAILURE_RULES, ...failures });
  const byRoute = new Map(
    policy.routes.map((route) => [route.id, route.limits.flatMap((id) => compiled.get(id) ?? [])] as const),
  );
  const clientLimits = new Map(
    [...byRoute].map(([id, limits]) => [id, limits.filter(({ rules }) => rules.per === 'client')] as const),
  );

  function compileLimit(id: string, limit: Limit): CompiledLimit {
    const { per, status, onStoreFailure, dryRun = false } = limit;
    const variants = Object.entries(limit.variants ?? {}).map(
      ([name, rate]) => [name, { rate, size: compileSize(id, rate) }] as const,
    );
    return {
      rules: { id, per, status, onStoreFailure, dryRun },
      rate: limit,
      size: compileSize(id, limit),
      variants: new Map(variants),
    };
  }

  function compileSize(id: string, rate: Rate): Size {
    const sizeOfShare = (shares: number, share: Size | undefined): Size => {
      const bucket = compileBucket(rate, shares);
      return { bucket, member: formatPolicyMember(id, bucket), share };
    };
    const share = sizeOfShare(replicas, undefined);
    return isShared ? sizeOfShare(1, share) : share;
  }

  function sizeOfOverride(id: string, rate: Rate): Size {
    const known = overridden.get(rate);
    if (known !== undefined) return known;
    const size = compileSize(id, rate);
    overridden.set(rate, size);
    return size;
  }

  function chargesOf(limits: readonly CompiledLimit[], route: Route, subject: Subject): readonly Charge[] {
    const { principal } = subject;
    const tenant = principal.kind === 'api-key' ? principal.tenant : undefined;
    const cost = route.cost ?? 1;
    const charges: Charge[] = [];
    for (const entry of limits) {
      const { rules } = entry;
      const identity = identityOf(rules.per, route, subject);
      const key = budgetKey(rules.id, identity);
      const override = overrides.isEmpty ? undefined : overrides.find(key);
      const size = override === undefined ? sizeOf(entry, principal) : sizeOfOverride(rules.id, override);
      charges.push({ rules, key, identity, tenant, size, cost });
    }
    return charges;
  }

  return {
    charges: (route, subject) => chargesOf(byRoute.get(route.id) ?? [], route, subject),
    clientCharges: (route, subject) => chargesOf(clientLimits.get(route.id) ?? [], route, subject),
    hasClientLimits: (route) => (clientLimits.get(route.id) ?? []).length > 0,
    failureCharge({ client }) {
      if (failed === undefined) return undefined;
      const identity = `client:${client.key}`;
      const key = budgetKey(AUTH_FAILURES, identity);
      return { rules: failed.rules, key, identity, tenant: undefined, size: failed.size, cost: 1 };
    },
    chargeOf({ limit, identity, variant, tenant }) {
      const entry = limit === AUTH_FAILURES ? failed : compiled.get(limit);
      if (entry === undefined) return undefined;
      const key = budgetKey(limit, identity);
      const override = overrides.find(key);
      const { rate, size } =
        override === undefined
          ? ((variant === undefined ? undefined : entry.variants.get(variant)) ?? entry)
          : { rate: override, size: sizeOfOverride(limit, override) };
      return { rules: entry.rules, key, identity, tenant, size, cost: 0, rate };
    },
  };
}

const FAILURE_RULES = { per: 'client', status: 429, onStoreFailure: 'local' } as const;

function sizeOf({ rules, size, variants }: CompiledLimit, principal: Principal): Size {
  if (principal.kind !== 'api-key' || variants.size === 0) return size;
  const name = rules.per === 'tenant' ? principal.tier : principal.keyType;
  return (name === undefined ? undefined : variants.get(name)?.size) ?? size;
}
