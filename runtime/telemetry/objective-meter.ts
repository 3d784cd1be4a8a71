/**
 * Counts good and bad requests for each objective of the policy, as the compiled rules do over all replicas.
 *
 * Availability: every request of the routes counts, an answer of 500 and above is bad. Latency: streams are left out, where
 * there is anything else, and so are refusals by 429; slower than the threshold is bad, whatever was answered. Counts are
 * this process's since its start; an objective that stays in the policy keeps them.
 */
import type { Objective, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export interface ObjectiveReading {
  readonly objective: Objective;
  readonly total: number;
  readonly bad: number;
}

export interface ObjectiveMeter {
  /** Follows a policy. */
  use(policy: Pick<RuntimePolicy, 'objectives' | 'routes'>): void;
  record(route: Route, status: number, ms: number): void;
  list(): readonly ObjectiveReading[];
}

interface Tally {
  readonly objective: Objective;
  readonly withinMs: number | undefined;
  total: number;
  bad: number;
}

export function createObjectiveMeter(): ObjectiveMeter {
  let tallies = new Map<string, Tally>();
  let byRoute: ReadonlyMap<string, readonly Tally[]> = new Map();

  return {
    use({ objectives = [], routes }) {
      const next = new Map<string, Tally>();
      const served = new Map<string, Tally[]>(routes.map(({ id }) => [id, []]));
      for (const objective of objectives) {
        const key = JSON.stringify(objective);
        const tally = tallies.get(key) ?? { objective, withinMs: objective.withinMs, total: 0, bad: 0 };
        next.set(key, tally);
        for (const { id } of routesOf(objective, routes)) served.get(id)?.push(tally);
      }
      tallies = next;
      byRoute = served;
    },
    record({ id }, status, ms) {
      const counted = byRoute.get(id);
      if (counted !== undefined) for (const tally of counted) count(tally, status, ms);
    },
    list: () => [...tallies.values()].map(({ objective, total, bad }) => ({ objective, total, bad })),
  };
}

function count(tally: Tally, status: number, ms: number): void {
  const { withinMs } = tally;
  if (withinMs !== undefined && status === 429) return;
  tally.total += 1;
  if (withinMs === undefined ? status >= 500 : ms > withinMs) tally.bad += 1;
}

function routesOf({ upstream, route, withinMs }: Objective, routes: readonly Route[]): readonly Route[] {
  const meant = routes.filter((served) => (route === undefined ? served.upstream === upstream : served.id === route));
  if (withinMs === undefined) return meant;
  const plain = meant.filter(({ kind }) => kind === 'http');
  return plain.length === 0 ? meant : plain;
}
