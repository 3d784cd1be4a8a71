/**
 * All providers of a policy, and what outlives it: pools, breakers, calls in flight.
 *
 * A pool and a provider keep their identity by name when another policy comes: a pool is resized with its queue in place,
 * a breaker keeps its state, a call in flight ends as it began.
 */

import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Breakers } from '../../proxy/breakers.ts';
import { type BreakerSettings, breakerSettings } from '../../resilience/breaker.ts';
import type { Clock } from '../../resilience/clock.ts';
import { createPool, type Pool, type PoolView } from '../../resilience/pool.ts';
import { type Schedule, systemSchedule } from '../../resilience/schedule.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { Connections } from './egress/connections.ts';
import { createFanOut } from './fan-out.ts';
import {
  isConfigured,
  type PlannedProvider,
  type PlannedTarget,
  type ProviderPlan,
  planProviders,
} from './plan-providers.ts';
import { createGate, type GateParts, type ProviderGate } from './provider-gate.ts';
import { createProviderMetrics, type ProviderMetrics } from './provider-metrics.ts';
import type { Side } from './sides.ts';

export interface ListedProvider {
  readonly name: string;
  readonly pool: string | undefined;
  readonly fallback: string | undefined;
  readonly targets: readonly string[];
  /** False while the variables with its credentials are not set. */
  readonly isConfigured: boolean;
  readonly inFlight: number;
}

export interface ListedPool extends PoolView {
  readonly name: string;
}

export interface Providers {
  /** Why the environment does not fit this policy; nothing is changed. */
  check(policy: RuntimePolicy): readonly string[];
  /** Follows a policy that `check` has no objection to. Variables are read again. */
  use(policy: RuntimePolicy): void;
  gate(name: string): ProviderGate | undefined;
  readonly planned: ReadonlyMap<string, PlannedProvider>;
  readonly metrics: ProviderMetrics;
  list(): readonly ListedProvider[];
  pools(): readonly ListedPool[];
  /** Forgets what providers throttled; false when there is no such pool. */
  resetPool(name: string): boolean;
}

export interface ProvidersOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly registry: MetricRegistry;
  readonly breakers: Breakers;
  readonly latencyBucketsMs: readonly number[];
  /** Whether each of several targets has a breaker of its own. Default: true; false where the runtime does not choose the target. */
  readonly breakerPerTarget?: boolean;
  readonly schedule?: Schedule;
  /** Of the way out, where the runtime makes the calls itself. */
  readonly connections?: Connections;
}

export function createProviderSet(options: ProvidersOptions): Providers {
  const { env, clock, registry, breakers, latencyBucketsMs, breakerPerTarget = true } = options;
  const { schedule = systemSchedule, connections } = options;
  let planned: ReadonlyMap<string, PlannedProvider> = new Map();
  let pools: ReadonlyMap<string, Pool> = new Map();
  let gates: ReadonlyMap<string, ProviderGate> = new Map();

  const views = () => [...pools].map(([name, pool]) => [name, pool.view()] as const);
  const metrics = createProviderMetrics(
    registry,
    { providers: () => planned.values(), pools: views },
    latencyBucketsMs,
  );
  breakers.onOpen(({ kind, name }) => {
    const [provider = ''] = name.split('/');
    if (kind === 'provider') gates.get(provider)?.turnedOff();
  });

  function usePools(): void {
    const kept = new Map<string, Pool>();
    for (const { pool } of planned.values()) {
      if (pool === undefined || kept.has(pool.name)) continue;
      const settings = { size: pool.size, queue: pool.queue };
      const opened = pools.get(pool.name) ?? createPool({ settings, clock, schedule });
      opened.configure(settings);
      kept.set(pool.name, opened);
    }
    pools = kept;
  }

  function partsOf(provider: PlannedProvider): GateParts {
    const { name, declared, pool } = provider;
    const before = gates.get(name)?.parts;
    const sameFanOut = before !== undefined && before.planned.declared.maxFanOut === declared.maxFanOut;
    const newFanOut = declared.maxFanOut === undefined ? undefined : createFanOut(declared.maxFanOut, clock, schedule);
    return {
      planned: provider,
      sides: sidesOf(provider, breakers, breakerPerTarget),
      pool: pool === undefined ? undefined : pools.get(pool.name),
      fanOut: sameFanOut ? before.fanOut : newFanOut,
    };
  }

  return {
    check(policy) {
      const plan = planProviders(policy, env);
      return plan.kind === 'refused' ? plan.reasons : [];
    },
    use(policy) {
      planned = providersOf(planProviders(policy, env));
      breakers.use(
        'provider',
        new Map([...planned.values()].flatMap((provider) => breakersOf(provider, breakerPerTarget))),
      );
      usePools();
      const kept = new Map<string, ProviderGate>();
      for (const [name, provider] of planned) {
        metrics.declare(provider);
        const parts = partsOf(provider);
        const gate = gates.get(name) ?? createGate(parts, clock, metrics);
        gate.configure(parts);
        kept.set(name, gate);
      }
      gates = kept;
      connections?.use(planned);
    },
    gate: (name) => gates.get(name),
    get planned() {
      return planned;
    },
    metrics,
    list: () =>
      [...gates.values()].map(({ parts: { planned: provider }, inFlight }) => ({
        name: provider.name,
        pool: provider.pool?.name,
        fallback: provider.declared.fallback,
        targets: provider.targets.map(({ name }) => name),
        isConfigured: isConfigured(provider),
        inFlight,
      })),
    pools: () => views().map(([name, view]) => ({ name, ...view })),
    resetPool(name) {
      pools.get(name)?.reset();
      return pools.has(name);
    },
  };
}

function providersOf(plan: ProviderPlan): ReadonlyMap<string, PlannedProvider> {
  if (plan.kind === 'refused')
    throw new Error(`providers: a policy came through unchecked (${plan.reasons.join('; ')})`);
  return plan.providers;
}

function sidesOf(provider: PlannedProvider, breakers: Breakers, breakerPerTarget: boolean): readonly Side[] {
  const targets = breakerPerTarget ? provider.targets : [];
  if (targets.length === 0) return [{ target: undefined, breaker: breakers.find('provider', provider.name) }];
  return targets
    .filter(({ credential }) => credential !== 'missing')
    .map((target) => ({ target, breaker: breakers.find('provider', breakerName(provider, target, breakerPerTarget)) }));
}

function breakersOf(
  provider: PlannedProvider,
  breakerPerTarget: boolean,
): readonly (readonly [string, BreakerSettings])[] {
  const { breaker, timeoutMs } = provider.declared;
  if (breaker === undefined) return [];
  const settings = breakerSettings(breaker, timeoutMs);
  const names = provider.targets.map((target) => breakerName(provider, target, breakerPerTarget));
  return [...new Set(names.length === 0 ? [provider.name] : names)].map((name) => [name, settings] as const);
}

function breakerName({ name, targets }: PlannedProvider, target: PlannedTarget, breakerPerTarget: boolean): string {
  return targets.length > 1 && breakerPerTarget ? `${name}/${target.name}` : name;
}
