/**
 * Whether the process should get requests, and if not, why.
 *
 * Owns the verdict; relies on http/health/probe-dependency.ts for each answer. Verdicts are shared for a second, so that
 * probes cannot load what they ask. Liveness is not here on purpose: it looks at nothing, or a dependency's outage would
 * restart every replica at once.
 */
import type { Dependency } from '../../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Phase } from '../phase.ts';

export interface DependencyState {
  readonly name: string;
  readonly required: boolean;
  readonly up: boolean;
}

export interface Verdict {
  readonly status: 'ready' | 'starting' | 'draining' | 'unavailable';
  readonly dependencies: readonly DependencyState[];
}

export interface Readiness {
  check(): Promise<Verdict>;
  /** What was found last, for the gauge. A dependency that was never asked counts as away. */
  readonly dependencies: ReadonlyMap<string, boolean>;
  readonly isReady: boolean;
}

export interface ReadinessOptions {
  readonly dependencies: readonly Dependency[];
  readonly probe: (dependency: Dependency) => Promise<boolean>;
  readonly phase: Phase;
  readonly clock: Clock;
  readonly onChange: (state: DependencyState) => void;
}

const SHARED_MS = 1_000;

export function createReadiness({ dependencies, probe, phase, clock, onChange }: ReadinessOptions): Readiness {
  const last = new Map(dependencies.map((dependency) => [dependency.name, false]));
  const asked = new Set<string>();
  let shared: { readonly atMs: number; readonly states: Promise<readonly DependencyState[]> } | undefined;

  async function ask(dependency: Dependency): Promise<DependencyState> {
    const { name, required } = dependency;
    const state = { name, required, up: await probe(dependency) };
    const isNews = asked.has(name) ? last.get(name) !== state.up : !state.up;
    asked.add(name);
    last.set(name, state.up);
    if (isNews) onChange(state);
    return state;
  }

  return {
    async check() {
      const now = clock.nowMs();
      if (shared === undefined || now - shared.atMs >= SHARED_MS) {
        shared = { atMs: now, states: Promise.all(dependencies.map(ask)) };
      }
      const states = await shared.states;
      return { status: statusOf(phase, !states.some((state) => state.required && !state.up)), dependencies: states };
    },
    dependencies: last,
    get isReady() {
      return (
        statusOf(
          phase,
          dependencies.every(({ name, required }) => !required || last.get(name) === true),
        ) === 'ready'
      );
    },
  };
}

function statusOf(phase: Phase, allUp: boolean): Verdict['status'] {
  if (phase.isStopping) return 'draining';
  if (phase.name === 'starting') return 'starting';
  return allUp ? 'ready' : 'unavailable';
}
