/**
 * Figures that an operator gave single budgets at run time, in place of those of the policy.
 *
 * A book in memory that the limiter reads at each request; where it comes from is left to administration.ts. Most of the time
 * it is empty, and then costs one comparison.
 */
import type { Rate } from './gcra.ts';

export interface Override {
  readonly limit: string;
  readonly identity: string;
  readonly rate: Rate;
}

export interface Overrides {
  find(key: string): Rate | undefined;
  list(): readonly Override[];
  replace(all: readonly Override[]): void;
  readonly isEmpty: boolean;
}

export function createOverrides(): Overrides {
  let byKey: ReadonlyMap<string, Override> = new Map();
  return {
    find: (key) => byKey.get(key)?.rate,
    list: () => [...byKey.values()],
    replace(all) {
      byKey = new Map(all.map((override) => [budgetKey(override.limit, override.identity), override]));
    },
    get isEmpty() {
      return byKey.size === 0;
    },
  };
}

/** The name of a budget among all. Ids of limits hold no bar. */
export function budgetKey(limit: string, identity: string): string {
  return `${limit}|${identity}`;
}

/** What is wrong with figures, by the bounds of the policy; undefined when nothing is. */
export function faultOfRate({ requests, periodMs, capacity }: Rate): string | undefined {
  if (!isWhole(requests, 1_000_000)) return 'requests: must be a whole number from 1 to 1000000';
  if (!isWhole(periodMs, 2_678_400_000)) return 'periodMs: must be a whole number from 1 to 2678400000';
  return isWhole(capacity, 1_000_000) ? undefined : 'capacity: must be a whole number from 1 to 1000000';
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= most;
}
