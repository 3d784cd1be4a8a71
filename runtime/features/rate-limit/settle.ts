/**
 * The decision on all limits of a request at once, and what callers are told of it.
 *
 * Invariant: if one limit refuses, no limit is charged. A limit in a dry run refuses nothing, and is charged while it fits.
 */
import type { Charge, ChargeOutcome } from './charge.ts';
import { isOver, remainingOn, untilNextMs, waitMs } from './gcra.ts';

/** What became of one charge: it fits and was not charged, it was charged, or it does not fit. The numbers are those of the script. */
export const FITS = 0;
export const CHARGED = 1;
export const OVER = 2;
export type Code = typeof FITS | typeof CHARGED | typeof OVER;

export interface Settled {
  /** Whether the request is admitted. */
  readonly isAdmitted: boolean;
  readonly codes: readonly number[];
}

/** Decides, and puts the debts that result in the place of those given. */
export function settle(charges: readonly Charge[], debts: number[]): Settled {
  const codes: Code[] = [];
  let isAdmitted = true;
  for (let index = 0; index < charges.length; index += 1) {
    const charge = charges[index];
    if (charge === undefined) break;
    const over = isOver(charge.size.bucket, debts[index] ?? 0, charge.cost);
    if (over && !charge.rules.dryRun) isAdmitted = false;
    codes.push(over ? OVER : FITS);
  }
  if (!isAdmitted) return { isAdmitted, codes };
  for (let index = 0; index < charges.length; index += 1) {
    const charge = charges[index];
    if (charge === undefined || codes[index] === OVER) continue;
    codes[index] = CHARGED;
    debts[index] = (debts[index] ?? 0) + charge.cost * charge.size.bucket.emissionTicks;
  }
  return { isAdmitted, codes };
}

/** The outcome of each charge. `debts`: after the decision. */
export function describeSettled(
  charges: readonly Charge[],
  codes: readonly number[],
  debts: readonly number[],
): ChargeOutcome[] {
  const outcomes: ChargeOutcome[] = [];
  for (let index = 0; index < charges.length; index += 1) {
    const charge = charges[index];
    if (charge !== undefined) outcomes.push(describeCharge(charge, codes[index] ?? FITS, debts[index] ?? 0));
  }
  return outcomes;
}

function describeCharge({ rules, size: { bucket }, cost }: Charge, code: number, debt: number): ChargeOutcome {
  const remaining = remainingOn(bucket, debt);
  if (code !== OVER) return { verdict: 'admitted', remaining, resetMs: untilNextMs(bucket, debt) };
  return { verdict: rules.dryRun ? 'would-refuse' : 'refused', remaining, resetMs: waitMs(bucket, debt, cost) };
}
