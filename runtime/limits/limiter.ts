/**
 * Which budgets a request draws on.
 *
 * Owns the keys: a budget is a limit and an identity, and two identities never share one by accident. With several
 * replicas counting in memory each enforces its exact share, so that together they never admit more than the policy says.
 */
import type { Limit, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Principal } from '../identity/principal.ts';
import { type Bucket, compileBucket, type Rate } from './gcra.ts';
import type { Charge } from './limit-store.ts';
import { formatPolicyMember } from './ratelimit-fields.ts';

export interface Subject {
  readonly client: { readonly key: string };
  readonly principal: Principal;
}

/** A charge, and what RateLimit-Policy says of its budget. */
export interface NamedCharge extends Charge {
  readonly member: string;
}

export interface Limiter {
  /** Every budget of the request. */
  charges(route: Route, subject: Subject): readonly NamedCharge[];
  /** The budgets that are known before the caller is. */
  clientCharges(route: Route, subject: Subject): readonly NamedCharge[];
  /** Whether a route has such budgets. */
  hasClientLimits(route: Route): boolean;
  statusOf(limit: string): number;
}

/** How large a budget is, and the words for it. */
interface Size {
  readonly bucket: Bucket;
  readonly member: string;
}

interface CompiledLimit {
  readonly id: string;
  readonly limit: Limit;
  readonly size: Size;
  readonly variants: ReadonlyMap<string, Size>;
}

export function createLimiter(policy: RuntimePolicy): Limiter {
  const shares = policy.storage.replicas;
  const compiled = new Map(Object.entries(policy.limits).map(([id, limit]) => [id, compileLimit(id, limit, shares)]));
  const byRoute = new Map(
    policy.routes.map((route) => [route.id, route.limits.flatMap((id) => compiled.get(id) ?? [])] as const),
  );

  const clientLimits = new Map(
    [...byRoute].map(([id, limits]) => [id, limits.filter((entry) => entry.limit.scope === 'client')] as const),
  );

  return {
    charges: (route, subject) => chargesOf(byRoute.get(route.id) ?? [], route, subject),
    clientCharges: (route, subject) => chargesOf(clientLimits.get(route.id) ?? [], route, subject),
    hasClientLimits: (route) => (clientLimits.get(route.id) ?? []).length > 0,
    statusOf: (limit) => compiled.get(limit)?.limit.status ?? 429,
  };
}

function chargesOf(limits: readonly CompiledLimit[], route: Route, subject: Subject): readonly NamedCharge[] {
  return limits.map((entry) => {
    const { bucket, member } = sizeOf(entry, subject.principal);
    return { limit: entry.id, key: `${entry.id}|${identityOf(entry.limit, route, subject)}`, bucket, member };
  });
}

function compileLimit(id: string, limit: Limit, shares: number): CompiledLimit {
  const compile = (rate: Rate): Size => {
    const bucket = compileBucket(rate, shares);
    return { bucket, member: formatPolicyMember(id, bucket) };
  };
  const variants = Object.entries(limit.variants ?? {}).map(([name, rate]) => [name, compile(rate)] as const);
  return { id, limit, size: compile(limit), variants: new Map(variants) };
}

function sizeOf({ limit, size, variants }: CompiledLimit, principal: Principal): Size {
  if (principal.kind !== 'api-key' || variants.size === 0) return size;
  const name = limit.scope === 'tenant' ? principal.tier : principal.keyType;
  return (name === undefined ? undefined : variants.get(name)) ?? size;
}

function identityOf({ scope }: Limit, route: Route, { client, principal }: Subject): string {
  switch (scope) {
    case 'client':
      return `client:${client.key}`;
    case 'route':
      return `route:${route.id}`;
    case 'global':
      return 'global';
    default:
      return principal.kind === 'api-key' ? keyIdentity(scope, principal) : `client:${client.key}`;
  }
}

function keyIdentity(
  scope: 'api-key' | 'tenant' | 'user' | 'organisation',
  principal: Extract<Principal, { kind: 'api-key' }>,
): string {
  const own = `key:${principal.keyId}`;
  switch (scope) {
    case 'api-key':
      return own;
    case 'tenant':
      return principal.tenant === undefined ? own : `tenant:${principal.tenant}`;
    case 'organisation':
      return principal.organisation === undefined ? own : `organisation:${principal.organisation}`;
    case 'user':
      // Users are named by their tenant: two tenants may both have an "admin".
      return principal.user === undefined ? own : `user:${principal.tenant ?? ''}/${principal.user}`;
  }
}
