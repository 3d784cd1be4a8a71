/**
 * Burn rates: how fast an error budget may go before somebody is told, over pairs of windows.
 *
 * Owns which pairs of `schemas/slo-windows.ts` can fire for an objective, and above which share of failures.
 */
import { burnFactor, SLO_WINDOWS, type SloWindows } from '../../../schemas/slo-windows.ts';
import { complement, exactDecimal } from '../../../schemas/units/index.ts';
import type { ObjectiveModel } from '../../resolve/model/index.ts';

export interface BurnPair extends SloWindows {
  /** How many times faster than the budget allows. */
  readonly factor: number;
  /** The share of failures above which it fires: `factor` x budget. */
  readonly threshold: number;
  /** The share of the whole budget that is gone after the long window at this rate. */
  readonly budgetShare: number;
}

/** The pairs that can fire for an objective: those whose threshold some share of failures reaches and whose window it outlasts. */
export function burnPairs({ window, target }: Promised): readonly BurnPair[] {
  const key = `${window} ${target}`;
  const known = pairsOf.get(key);
  if (known !== undefined) return known;
  const pairs = SLO_WINDOWS.filter(({ long }) => long <= window)
    .map((pair) => pairFor(pair, { window, target }))
    .filter(({ threshold }) => threshold < 1);
  pairsOf.set(key, pairs);
  return pairs;
}

type Promised = Pick<ObjectiveModel, 'window' | 'target'>;

/** There are few different objectives, and many that are alike. */
const pairsOf = new Map<string, readonly BurnPair[]>();

function pairFor(pair: SloWindows, { window, target }: Promised): BurnPair {
  const factor = burnFactor(pair, window);
  return {
    ...pair,
    factor,
    threshold: exactDecimal(factor * complement(target)),
    budgetShare: exactDecimal((factor * pair.long) / window),
  };
}
