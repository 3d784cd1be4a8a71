/**
 * What an operator may do with budgets at run time: look at one, fill it up, give it other figures.
 *
 * Overrides outlive reloads of the policy, and have no end but `clearOverride`. Where they are kept is the book's business
 * (override-book.ts).
 */
import type { Clock } from '../../resilience/clock.ts';
import type { Charge, LimitStore } from './charge.ts';
import type { Rate } from './gcra.ts';
import type { BudgetName, Limiter } from './limiter.ts';
import type { OverrideBook } from './override-book.ts';
import { faultOfRate, type Override } from './overrides.ts';

export interface LimitAdministration {
  inspect(name: BudgetName): Promise<Administered<BudgetReport>>;
  /** Fills the budget up, on all replicas. */
  reset(name: BudgetName): Promise<Administered<undefined>>;
  /** From the next request on here, within a second on other replicas. */
  setOverride(name: BudgetName, rate: Rate): Promise<Administered<undefined>>;
  /** Done also when there was none. */
  clearOverride(name: BudgetName): Promise<Administered<undefined>>;
  /** All overrides, as this process knows them. */
  overrides(): readonly Override[];
}

export type Administered<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  /** The policy has no such limit. */
  | { readonly kind: 'no-such-limit' }
  | { readonly kind: 'invalid'; readonly reason: string }
  /** The shared store is away; nothing was changed. */
  | { readonly kind: 'store-away' };

export interface BudgetReport extends Rate {
  readonly limit: string;
  readonly identity: string;
  /** Where the figures come from. */
  readonly source: 'policy' | 'override';
  /** Requests that would be admitted now. */
  readonly remaining: number;
  /** Until one more is restored; 0 when the budget is full. */
  readonly resetMs: number;
}

export interface AdministrationOptions {
  readonly store: LimitStore;
  readonly book: OverrideBook;
  readonly clock: Clock;
  /** The limiter of the policy in force. */
  readonly limiter: () => Limiter;
}

const STORE_AWAY = { kind: 'store-away' } as const;
const DONE = { kind: 'done', value: undefined } as const;

export function createLimitAdministration(options: AdministrationOptions): LimitAdministration {
  const { store, book, clock, limiter } = options;

  async function onBudget<Value>(
    name: BudgetName,
    use: (charge: Charge & { readonly rate: Rate }) => Promise<Administered<Value>>,
  ): Promise<Administered<Value>> {
    const charge = limiter().chargeOf(name);
    return charge === undefined ? { kind: 'no-such-limit' } : use(charge);
  }

  return {
    inspect: (name) =>
      onBudget(name, async (charge) => {
        const outcome = await store.read(charge, clock.nowMs());
        if (outcome === undefined) return STORE_AWAY;
        const { requests, periodMs, capacity } = charge.rate;
        const { remaining, resetMs } = outcome;
        const source = book.overrides.find(charge.key) === undefined ? 'policy' : 'override';
        const { limit, identity } = name;
        return { kind: 'done', value: { limit, identity, requests, periodMs, capacity, source, remaining, resetMs } };
      }),
    reset: (name) =>
      onBudget(name, async (charge) => {
        const isDone = await store.forget(charge);
        if (isDone) await book.tellReset(charge.key);
        return isDone ? DONE : STORE_AWAY;
      }),
    setOverride: (name, { requests, periodMs, capacity }) =>
      onBudget(name, async () => {
        const reason = faultOfRate({ requests, periodMs, capacity });
        if (reason !== undefined) return { kind: 'invalid', reason };
        return (await book.set(name, { requests, periodMs, capacity })) ? DONE : STORE_AWAY;
      }),
    clearOverride: (name) => onBudget(name, async () => ((await book.clear(name)) ? DONE : STORE_AWAY)),
    overrides: () => book.overrides.list(),
  };
}
