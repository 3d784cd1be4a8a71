/**
 * The windows of multi-window, multi-burn-rate alerts.
 *
 * Owns the table of pairs and the burn rate that follows from an objective's own window. Sources: Google SRE Workbook, chapter 5, table 5-8
 * (1h, 6h, 3d); the pair 1d/2h is the community's extension, as in kubernetes-mixin. The short window is a twelfth of the long one.
 */
import { exactDecimal, type Milliseconds, milliseconds } from './units/index.ts';

export interface SloWindows {
  readonly long: Milliseconds;
  readonly short: Milliseconds;
  /** `page` wakes somebody, `ticket` waits for the morning. */
  readonly urgency: 'page' | 'ticket';
  /** How long it must hold: waits out one odd evaluation, no more, for the windows have waited already. */
  readonly for: Milliseconds;
  /** The share of the whole budget that may burn within the long window. */
  readonly budgetShare: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const SLO_WINDOWS: readonly SloWindows[] = [
  windows(HOUR, { short: 5 * MINUTE, urgency: 'page', for: MINUTE, budgetShare: 0.02 }),
  windows(6 * HOUR, { short: 30 * MINUTE, urgency: 'page', for: 2 * MINUTE, budgetShare: 0.05 }),
  windows(DAY, { short: 2 * HOUR, urgency: 'ticket', for: 15 * MINUTE, budgetShare: 0.1 }),
  windows(3 * DAY, { short: 6 * HOUR, urgency: 'ticket', for: 30 * MINUTE, budgetShare: 0.1 }),
];

/** How many times faster than an even spending of the budget it must go to use up the share in time; below 1 the budget is kept. */
export const burnFactor = ({ long, budgetShare }: SloWindows, objectiveWindow: Milliseconds): number =>
  exactDecimal(Math.max(1, (budgetShare * objectiveWindow) / long));

interface Minutes extends Pick<SloWindows, 'urgency' | 'budgetShare'> {
  readonly short: number;
  readonly for: number;
}

function windows(long: number, pair: Minutes): SloWindows {
  return { ...pair, long: milliseconds(long), short: milliseconds(pair.short), for: milliseconds(pair.for) };
}
