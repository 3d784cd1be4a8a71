/**
 * All circuit breakers of the runtime, by what they stand before.
 *
 * Owns their identity over reloads of the policy (a name keeps its breaker, and the breaker its state), their metrics and
 * their log lines, and what an operator may do to them. Who calls asks for a breaker once and keeps it.
 */
import type { BreakerKind } from '../../schemas/metrics.ts';
import {
  type BreakerSettings,
  type BreakerView,
  type CircuitBreaker,
  createBreaker,
  type Transition,
} from '../resilience/breaker.ts';
import type { Clock } from '../resilience/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import { type BreakerCounts, exportBreakers } from './breaker-metrics.ts';

export interface NamedBreaker {
  readonly kind: BreakerKind;
  /** Of the upstream or provider, or `<provider>/<target>`. */
  readonly name: string;
}

export interface ListedBreaker extends NamedBreaker, BreakerView {}

export interface Breakers {
  /** Follows a policy: all breakers of this kind. Those that stay keep their state, others are forgotten. */
  use(kind: BreakerKind, settings: ReadonlyMap<string, BreakerSettings>): void;
  /** Undefined when the policy declares none of this name. */
  find(kind: BreakerKind, name: string): CircuitBreaker | undefined;
  list(): readonly ListedBreaker[];
  /** Calls back whenever a breaker opened, for whatever cause. */
  onOpen(listener: (opened: NamedBreaker) => void): void;
}

export interface BreakersOptions {
  readonly clock: Clock;
  readonly registry: MetricRegistry;
  readonly log: Log;
}

interface Entry extends NamedBreaker {
  readonly breaker: CircuitBreaker;
  readonly counts: BreakerCounts;
}

export function createBreakers({ clock, registry, log }: BreakersOptions): Breakers {
  const entries = new Map<string, Entry>();
  const listeners: ((opened: NamedBreaker) => void)[] = [];

  function open(kind: BreakerKind, name: string, settings: BreakerSettings): Entry {
    const counts: BreakerCounts = { closed: 0, 'half-open': 0, open: 0 };
    const breaker = createBreaker({
      settings,
      clock,
      onTransition({ from, to, cause }: Transition) {
        counts[to] += 1;
        if (to === 'open') for (const listener of listeners) listener({ kind, name });
        log[to === 'open' ? 'warn' : 'info']({ breaker: name, kind, from, to, cause }, 'breaker changed');
      },
    });
    return { kind, name, breaker, counts };
  }

  exportBreakers(registry, () => entries.values());
  return {
    use(kind, settings) {
      for (const [key, entry] of entries) if (entry.kind === kind && !settings.has(entry.name)) entries.delete(key);
      for (const [name, wanted] of settings) {
        const key = keyOf(kind, name);
        const entry = entries.get(key);
        if (entry === undefined) entries.set(key, open(kind, name, wanted));
        else entry.breaker.configure(wanted);
      }
    },
    find: (kind, name) => entries.get(keyOf(kind, name))?.breaker,
    list: () => [...entries.values()].map(({ kind, name, breaker }) => ({ kind, name, ...breaker.view() })),
    onOpen(listener) {
      listeners.push(listener);
    },
  };
}

function keyOf(kind: BreakerKind, name: string): string {
  return `${kind} ${name}`;
}
