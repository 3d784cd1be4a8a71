/**
 * Burn rates: how fast an error budget may go before somebody is told, over pairs of windows.
 *
 * Owns the table of pairs and the factors that follow from an objective's own window. Sources: Google SRE Workbook, chapter 5, table 5-8
 * (1h, 6h, 3d); the pair 1d/2h is the community's extension, as in kubernetes-mixin. The short window is a twelfth of the long one.
 */
import { complement, exactDecimal, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import type { ObjectiveModel } from '../../resolve/model/index.ts';

export interface BurnPair {
  readonly long: Milliseconds;
  readonly short: Milliseconds;
  /** `page` wakes somebody, `ticket` waits for the morning. */
  readonly urgency: 'page' | 'ticket';
  /** How long it must hold: waits out one odd evaluation, no more, for the windows have waited already. */
  readonly for: Milliseconds;
  /** How many times faster than the budget allows. */
  readonly factor: number;
  /** The share of failures above which it fires: `factor` x budget. */
  readonly threshold: number;
  /** The share of the whole budget that is gone after the long window at this rate. */
  readonly budgetShare: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const PAIRS = [
  { long: HOUR, short: 5 * MINUTE, urgency: 'page', for: MINUTE, budgetShare: 0.02 },
  { long: 6 * HOUR, short: 30 * MINUTE, urgency: 'page', for: 2 * MINUTE, budgetShare: 0.05 },
  { long: DAY, short: 2 * HOUR, urgency: 'ticket', for: 15 * MINUTE, budgetShare: 0.1 },
  { long: 3 * DAY, short: 6 * HOUR, urgency: 'ticket', for: 30 * MINUTE, budgetShare: 0.1 },
] as const;

/** The pairs that can fire for an objective: those whose threshold some share of failures reaches and whose window it outlasts. */
export function burnPairs({ window, target }: Promised): readonly BurnPair[] {
  const key = `${window} ${target}`;
  const known = pairsOf.get(key);
  if (known !== undefined) return known;
  const pairs = PAIRS.filter(({ long }) => long <= window)
    .map((pair) => pairFor(pair, { window, target }))
    .filter(({ threshold }) => threshold < 1);
  pairsOf.set(key, pairs);
  return pairs;
}

type Promised = Pick<ObjectiveModel, 'window' | 'target'>;

/** There are few different objectives, and many that are alike. */
const pairsOf = new Map<string, readonly BurnPair[]>();

function pairFor(pair: (typeof PAIRS)[number], { window, target }: Promised): BurnPair {
  const share = (pair.budgetShare * window) / pair.long;
  // A budget that burns no faster than once a window is kept, so below 1 there is nothing to report.
  const factor = exactDecimal(Math.max(1, share));
  return {
    ...pair,
    long: milliseconds(pair.long),
    short: milliseconds(pair.short),
    for: milliseconds(pair.for),
    factor,
    threshold: exactDecimal(factor * complement(target)),
    budgetShare: exactDecimal((factor * pair.long) / window),
  };
}
