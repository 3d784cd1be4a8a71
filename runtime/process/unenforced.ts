/**
 * What a policy asks for and this release does not do. Today that is nothing.
 *
 * Said at start, on the admin port and as a metric: a control that only looks realised is worse than none. A part of the
 * policy that is declared ahead of its code gets an entry here until it has it.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export interface Feature {
  readonly name: string;
  /** How many entries of the policy ask for it. */
  readonly count: (policy: RuntimePolicy) => number;
  /** What happens instead, for the log and the admin port. */
  readonly instead: string;
}

export interface Unenforced {
  readonly feature: string;
  readonly count: number;
  readonly instead: string;
}

const NOT_YET: readonly Feature[] = [];

/** The features that the policy asks for in vain. */
export function listUnenforced(policy: RuntimePolicy, features = NOT_YET): readonly Unenforced[] {
  return features
    .map(({ name, count, instead }) => ({ feature: name, count: count(policy), instead }))
    .filter(({ count }) => count > 0);
}
