/**
 * Which budgets a request draws on.
 *
 * Owns the keys: a budget is a limit and an identity, and two identities never share one by accident. With several
 * replicas counting in memory each enforces its exact share, so that together they never admit more than the policy says.
 */
import type { Limit, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Principal } from '../identity/principal.ts';
import { type Bucket, compileBucket } from './gcra.ts';
import type { Charge } from './limit-store.ts';

export interface Subject {
  readonly clientKey: string;
  readonly principal: Principal;
}

export interface Limiter {
  /** Every budget of the request. */
  charges(route: Route, subject: Subject): readonly Charge[];
  /** The budgets that are known before the caller is. */
  clientCharges(route: Route, subject: Subject): readonly Charge[];
  statusOf(limit: string): number;
}

interface CompiledLimit {
  readonly id: string;
  readonly limit: Limit;
  readonly bucket: Bucket;
  readonly variants: ReadonlyMap<string, Bucket>;
}

export function createLimiter(policy: RuntimePolicy): Limiter {
  const shares = policy.storage.replicas;
  const compiled = new Map(Object.entries(policy.limits).map(([id, limit]) => [id, compileLimit(id, limit, shares)]));
  const byRoute = new Map(
    policy.routes.map((route) => [route.id, route.limits.flatMap((id) => compiled.get(id) ?? [])] as const),
  );

  const chargesOf = (limits: readonly CompiledLimit[], route: Route, subject: Subject): readonly Charge[] =>
    limits.map((entry) => ({
      limit: entry.id,
      key: `${entry.id}|${identityOf(entry.limit, route, subject)}`,
      bucket: bucketOf(entry, subject.principal),
    }));

  return {
    charges: (route, subject) => chargesOf(byRoute.get(route.id) ?? [], route, subject),
    clientCharges(route, subject) {
      const limits = (byRoute.get(route.id) ?? []).filter((entry) => entry.limit.scope === 'client');
      return chargesOf(limits, route, subject);
    },
    statusOf: (limit) => compiled.get(limit)?.limit.status ?? 429,
  };
}

function compileLimit(id: string, limit: Limit, shares: number): CompiledLimit {
  const variants = Object.entries(limit.variants ?? {}).map(
    ([name, rate]) => [name, compileBucket(rate, shares)] as const,
  );
  return { id, limit, bucket: compileBucket(limit, shares), variants: new Map(variants) };
}

function bucketOf({ limit, bucket, variants }: CompiledLimit, principal: Principal): Bucket {
  if (principal.kind !== 'api-key' || variants.size === 0) return bucket;
  const name = limit.scope === 'tenant' ? principal.tier : principal.keyType;
  return (name === undefined ? undefined : variants.get(name)) ?? bucket;
}

function identityOf({ scope }: Limit, route: Route, { clientKey, principal }: Subject): string {
  switch (scope) {
    case 'client':
      return `client:${clientKey}`;
    case 'route':
      return `route:${route.id}`;
    case 'global':
      return 'global';
    default:
      return principal.kind === 'api-key' ? keyIdentity(scope, principal) : `client:${clientKey}`;
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
