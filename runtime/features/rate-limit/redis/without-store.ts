/**
 * Decisions while the shared store is away, each limit as its `onStoreFailure` says.
 *
 * `closed` refuses the whole request, `open` counts nothing, `local` enforces the share of this process, starting where the
 * shared budget was last seen. What was counted here is forgotten when the store is back.
 */
import type { Charge, ChargeOutcome, Outcomes } from '../charge.ts';
import { createMemoryLimitStore } from '../memory-store.ts';
import { createStateTable } from '../state-table.ts';
import type { LocalKnowledge } from './local-knowledge.ts';

export interface WithoutStore {
  charge(charges: readonly Charge[], nowMs: number): Outcomes;
  peek(charges: readonly Charge[], nowMs: number): Outcomes;
  forget(key: string): void;
  clear(): void;
  readonly size: number;
  readonly evictions: number;
}

const UNCOUNTED: ChargeOutcome = { verdict: 'uncounted', remaining: 0, resetMs: 0 };
const UNAVAILABLE: ChargeOutcome = { verdict: 'unavailable', remaining: 0, resetMs: 0 };

export function createWithoutStore(knowledge: LocalKnowledge): WithoutStore {
  const states = createStateTable();
  const memory = createMemoryLimitStore(states);

  function decide(charges: readonly Charge[], nowMs: number, use: 'charge' | 'peek'): Outcomes {
    if (charges.some(isClosed)) return charges.map((charge) => (isClosed(charge) ? UNAVAILABLE : UNCOUNTED));
    const local = charges.filter(isLocal).map(inShare);
    for (const charge of charges) if (isLocal(charge)) knowledge.seed(states, charge, nowMs);
    const outcomes = [...memory[use](local, nowMs)];
    return charges.map((charge) => (isLocal(charge) ? (outcomes.shift() ?? UNCOUNTED) : UNCOUNTED));
  }

  return {
    charge: (charges, nowMs) => decide(charges, nowMs, 'charge'),
    peek: (charges, nowMs) => decide(charges, nowMs, 'peek'),
    forget: (key) => states.delete(key),
    clear: () => states.clear(),
    get size() {
      return states.size;
    },
    get evictions() {
      return states.evictions;
    },
  };
}

/** A limit in a dry run refuses nothing, so it may not refuse for this reason either. */
const isClosed = ({ rules }: Charge): boolean => rules.onStoreFailure === 'closed' && !rules.dryRun;
const isLocal = ({ rules }: Charge): boolean => rules.onStoreFailure === 'local';
const inShare = (charge: Charge): Charge => ({ ...charge, size: charge.size.share ?? charge.size });
