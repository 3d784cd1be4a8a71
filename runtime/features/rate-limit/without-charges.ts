/** Limits without their effects: nothing is charged or counted, and the answer is what a charge would come to. */
import type { Charge, ChargeOutcome, LimitStore } from './charge.ts';
import type { LimitParts } from './open-limits.ts';

export function withoutCharges({ limiter, store }: LimitParts): LimitParts {
  return {
    limiter,
    store: {
      ...store,
      charge: (charges, nowMs) => Promise.all(charges.map((charge) => judge(store, charge, nowMs))),
      forget: async () => false,
    },
    metrics: { decided: () => undefined, refused: () => undefined },
  };
}

/** While the store is away its policy decides, as it would. */
async function judge(store: LimitStore, charge: Charge, nowMs: number): Promise<ChargeOutcome> {
  const { rules, cost } = charge;
  const found = await store.read(charge, nowMs);
  if (found === undefined) {
    return { verdict: rules.onStoreFailure === 'closed' ? 'unavailable' : 'uncounted', remaining: 0, resetMs: 0 };
  }
  if (found.remaining >= cost) return { ...found, verdict: 'admitted' };
  return { ...found, verdict: rules.dryRun ? 'would-refuse' : 'refused' };
}
