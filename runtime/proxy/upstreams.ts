/**
 * The services behind: their targets, who is next, and what is known of each.
 *
 * What outlives a policy is here: connections to targets that stay, their health, whose turn it is and how many retries
 * are in flight. Opens nothing before the first request.
 */
import type { RuntimePolicy, Upstream } from '../../schemas/runtime-policy.gen.ts';
import { NO_TLS, type TlsFiles } from '../http/tls-files.ts';
import type { CircuitBreaker } from '../resilience/breaker.ts';
import type { Clock } from '../resilience/clock.ts';
import { createRetryBudget, type RetryBudget } from '../resilience/retry-budget.ts';
import { type Balancer, createBalancer } from './balancer.ts';
import type { Breakers } from './breakers.ts';
import { askForHealth } from './health-checks.ts';
import { createTargetHealth, type TargetHealth } from './target-health.ts';
import type { TargetState, UpstreamMetrics } from './upstream-metrics.ts';
import { connectionKey, createTarget, type UpstreamTarget } from './upstream-target.ts';

/** One service. */
export interface UpstreamGroup {
  readonly name: string;
  readonly targets: readonly UpstreamTarget[];
  readonly balancer: Balancer;
  readonly budget: RetryBudget;
  /** Undefined where the policy declares none. */
  readonly breaker: CircuitBreaker | undefined;
}

export interface Upstreams {
  /** Follows a policy. Connections to targets that stay are kept; others are closed when their requests are over. */
  use(policy: RuntimePolicy): void;
  group(upstream: string): UpstreamGroup | undefined;
  states(): readonly TargetState[];
  close(): Promise<void>;
}

export interface UpstreamsOptions {
  readonly clock: Clock;
  readonly metrics: UpstreamMetrics;
  readonly tls: TlsFiles;
  readonly breakers: Breakers;
}

export function createUpstreams({ clock, metrics, tls, breakers }: UpstreamsOptions): Upstreams {
  let groups: ReadonlyMap<string, UpstreamGroup> = new Map();
  let opened = new Map<string, UpstreamTarget>();
  let stopAsking: (() => void)[] = [];
  const healths = new Map<string, TargetHealth>();
  const budgets = new Map<string, RetryBudget>();

  function healthOf(name: string, origin: string): TargetHealth {
    const key = `${name} ${origin}`;
    const health = healths.get(key) ?? createTargetHealth(() => metrics.ejected(name));
    healths.set(key, health);
    return health;
  }

  function openGroup(name: string, upstream: Upstream, kept: Map<string, UpstreamTarget>): UpstreamGroup {
    const targets = upstream.targets.map((origin) => {
      const key = `${name} ${connectionKey(origin, upstream)}`;
      const health = healthOf(name, origin);
      health.use(upstream.health);
      const files = upstream.tls;
      const material = files === undefined ? () => NO_TLS : () => tls.read(files);
      const target = kept.get(key) ?? opened.get(key) ?? createTarget({ origin, upstream, health, tls: material });
      kept.set(key, target);
      return target;
    });
    const budget = budgets.get(name) ?? createRetryBudget();
    budgets.set(name, budget);
    const breaker = breakers.find('upstream', name);
    return { name, targets, budget, breaker, balancer: createBalancer(targets, upstream.balance) };
  }

  return {
    use({ upstreams }) {
      for (const stop of stopAsking) stop();
      const kept = new Map<string, UpstreamTarget>();
      groups = new Map(Object.entries(upstreams).map(([name, upstream]) => [name, openGroup(name, upstream, kept)]));
      stopAsking = [...groups.values()].flatMap(({ name, targets }) => {
        const settings = upstreams[name]?.health;
        return settings === undefined ? [] : targets.map((target) => askForHealth(target, settings, clock));
      });
      for (const [key, { pool, side }] of opened) {
        if (kept.has(key)) continue;
        void pool.close();
        void side.destroy();
      }
      opened = kept;
    },
    group: (upstream) => groups.get(upstream),
    states() {
      return [...groups.values()].flatMap(({ name, targets }) =>
        targets.map((target) => ({
          upstream: name,
          target: target.origin,
          in: target.health.outUntilMs === undefined,
          failures: target.health.failures,
          active: target.active,
        })),
      );
    },
    async close() {
      for (const stop of stopAsking) stop();
      await Promise.all([...opened.values()].flatMap(({ pool, side }) => [pool.destroy(), side.destroy()]));
    },
  };
}
