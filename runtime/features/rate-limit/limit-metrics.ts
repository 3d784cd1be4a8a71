/**
 * What limits are counted by.
 *
 * Decisions are plain numbers on the hot path, read when somebody scrapes. Refusals are also counted by who was refused; the
 * number of tenants that have a series of their own is bounded.
 */
import { routeLabel } from '../../../schemas/route-label.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { LimitRules, LimitStore } from './charge.ts';
import { AUTH_FAILURES } from './limiter.ts';

type Result = 'admitted' | 'refused' | 'would-refuse';

export interface LimitMetrics {
  decided(limit: string, result: Result): void;
  /** A request was refused. `route`: its path; `rules`: the limit that it waits for longest. */
  refused(route: string, rules: LimitRules, tenant: string | undefined): void;
}

/** Tenants beyond these are counted together. */
const TENANTS = 100;
const OTHER_TENANTS = '_other';

/** The limits of `policy` have their series from the start; those of a later policy when they are first used. */
export function createLimitMetrics(registry: MetricRegistry, policy: RuntimePolicy, store: LimitStore): LimitMetrics {
  const names = [...Object.keys(policy.limits), ...(policy.auth.failures === undefined ? [] : [AUTH_FAILURES])];
  const limits = new Map(names.map((limit) => [limit, emptyCounts()]));
  const tenants = new Set<string>();
  const refusedRequests = registry.counter(
    'ratelimit_refused_requests_total',
    policy.routes.flatMap((route) =>
      route.limits.map((id) => ({
        http_route: policy.telemetry.routeLabels ? routeLabel(route) : '',
        policy: id,
        scope: policy.limits[id]?.per ?? '',
      })),
    ),
  );
  const refusedTenants = registry.counter(
    'ratelimit_refused_tenant_requests_total',
    Object.keys(policy.limits).map((id) => ({ policy: id, tenant: OTHER_TENANTS })),
  );
  registry.total('ratelimit_requests_total', () =>
    [...limits].flatMap(([limit, { admitted, refused, 'would-refuse': would }]) => [
      [admitted, { policy: limit, result: 'admitted' }] as const,
      [refused, { policy: limit, result: 'refused' }] as const,
      [would, { policy: limit, result: 'would-refuse' }] as const,
    ]),
  );
  registry.gauge('ratelimit_buckets', () => [[store.size, {}]]);
  registry.total('ratelimit_evictions_total', () => [[store.evictions, {}]]);

  function labelOf(tenant: string): string {
    if (tenants.size < TENANTS) tenants.add(tenant);
    return tenants.has(tenant) ? tenant : OTHER_TENANTS;
  }

  return {
    decided(limit, result) {
      let counts = limits.get(limit);
      if (counts === undefined) {
        counts = emptyCounts();
        limits.set(limit, counts);
      }
      counts[result] += 1;
    },
    refused(route, { id, per }, tenant) {
      refusedRequests({ http_route: policy.telemetry.routeLabels ? route : '', policy: id, scope: per });
      if (tenant !== undefined) refusedTenants({ policy: id, tenant: labelOf(tenant) });
    },
  };
}

function emptyCounts(): Record<Result, number> {
  return { admitted: 0, refused: 0, 'would-refuse': 0 };
}
