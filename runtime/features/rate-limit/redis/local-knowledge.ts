/**
 * What this process knows of budgets that are counted elsewhere.
 *
 * The last state that the shared store told of each key, at the moment of asking. A debt only shrinks with time and grows with
 * charges, so what is used up by this knowledge is used up indeed: a refusal from here is exact, and costs no round trip. It
 * also tells where to start when the store goes away.
 */
import type { Charge, ChargeOutcome, Outcomes } from '../charge.ts';
import { debtAt, isOver, microseconds } from '../gcra.ts';
import { describeSettled, FITS, OVER } from '../settle.ts';
import { createStateTable, type StateTable } from '../state-table.ts';
import type { ScriptReply } from './charge-script.ts';

export interface LocalKnowledge {
  /** The outcomes if one of the charges is known to be refused, otherwise undefined. */
  refusal(charges: readonly Charge[], nowMs: number): Outcomes | undefined;
  learn(charges: readonly Charge[], reply: ScriptReply, askedMs: number): void;
  /** Starts the local budget of a charge where the shared one stood, unless it has started. */
  seed(local: StateTable, charge: Charge, nowMs: number): void;
  forget(key: string): void;
  clear(): void;
  readonly size: number;
}

const CAPACITY = 50_000;
const UNKNOWN: ChargeOutcome = { verdict: 'uncounted', remaining: 0, resetMs: 0 };

export function createLocalKnowledge(): LocalKnowledge {
  const states = createStateTable(CAPACITY);

  function isKnownOver({ key, size, cost, rules }: Charge, nowUs: number): boolean {
    if (rules.dryRun) return false;
    // Never fits, whatever the state.
    if (cost > size.bucket.capacity) return true;
    const state = states.get(key);
    return state !== undefined && isOver(size.bucket, debtAt(size.bucket, state, nowUs), cost);
  }

  return {
    refusal(charges, nowMs) {
      const nowUs = microseconds(nowMs);
      if (!charges.some((charge) => isKnownOver(charge, nowUs))) return undefined;
      return charges.map((charge) => {
        const over = isKnownOver(charge, nowUs);
        const state = states.get(charge.key);
        if (state === undefined && !over) return UNKNOWN;
        const debt = debtAt(charge.size.bucket, state, nowUs);
        return describeSettled([charge], [over ? OVER : FITS], [debt])[0] ?? UNKNOWN;
      });
    },
    learn(charges, { debts }, askedMs) {
      const nowUs = microseconds(askedMs);
      charges.forEach(({ key, size }, index) => {
        const debt = debts[index] ?? 0;
        if (debt > 0) states.set(key, size.bucket, debt, nowUs);
        else states.delete(key);
      });
    },
    seed(local, { key, size }, nowMs) {
      const state = states.get(key);
      const { bucket } = size.share ?? size;
      if (state === undefined || local.get(key) !== undefined) return;
      const nowUs = microseconds(nowMs);
      const debt = debtAt(size.bucket, state, nowUs);
      // The same time to refill: a share of what was used, of a share of the budget.
      const share = Math.ceil((debt / size.bucket.ticksPerUs) * bucket.ticksPerUs);
      if (share > 0) local.set(key, bucket, Math.min(bucket.depthTicks, share), nowUs);
    },
    forget: (key) => states.delete(key),
    clear: () => states.clear(),
    get size() {
      return states.size;
    },
  };
}
