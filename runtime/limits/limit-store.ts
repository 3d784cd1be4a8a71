/**
 * Counters in the memory of one process.
 *
 * Owns the state of every key, bounded; decides all limits of a request at once. Relies on gcra.ts for the arithmetic.
 * A shared store that answers `LimitStore` can take its place.
 *
 * Invariants
 * 1. If one limit refuses, no limit is charged.
 * 2. At most `capacity` keys are held. Keys that have refilled go first, as they say nothing that a new key would not;
 *    a key that goes earlier is counted in `evictions`, since its owner gets a fresh burst.
 */
import { type Bucket, type Decision, decide, remainingAt, ticksAt, untilNextMs } from './gcra.ts';

/** One limit of one request: whose budget, and how large it is. */
export interface Charge {
  readonly limit: string;
  readonly key: string;
  readonly bucket: Bucket;
}

/** What became of one charge. `remaining` and `resetMs` describe the bucket after the decision. */
export interface ChargeOutcome {
  readonly limit: string;
  readonly refused: boolean;
  readonly remaining: number;
  /** Until one more request is restored, or for a refusal until the same request passes. */
  readonly resetMs: number;
}

export interface LimitStore {
  /** Charges all or none. */
  charge(charges: readonly Charge[], nowMs: number): readonly ChargeOutcome[];
  /** Tells what `charge` would answer, and charges none. */
  peek(charges: readonly Charge[], nowMs: number): readonly ChargeOutcome[];
  readonly size: number;
  readonly evictions: number;
}

interface Entry {
  readonly tat: number;
  readonly ticksPerMs: number;
}

/** Makes a store of at most `capacity` keys. Default: 100 000, about 20 MB. */
export function createMemoryLimitStore(capacity = 100_000): LimitStore {
  // A Map keeps insertion order, and a key is inserted anew at each admission: the first is the longest unused.
  const entries = new Map<string, Entry>();
  let evictions = 0;

  function decideAll(charges: readonly Charge[], nowMs: number): readonly Decision[] {
    return charges.map(({ key, bucket }) => decide(bucket, entries.get(key)?.tat, ticksAt(bucket, nowMs)));
  }

  function remember(key: string, entry: Entry, nowMs: number): void {
    entries.delete(key);
    entries.set(key, entry);
    // Two steps for each insertion keep up with any arrival rate without a timer.
    for (const [oldest, { tat, ticksPerMs }] of entries) {
      const refilled = tat <= nowMs * ticksPerMs;
      if (!refilled && entries.size <= capacity) break;
      if (!refilled) evictions += 1;
      entries.delete(oldest);
      if (entries.size <= capacity) break;
    }
  }

  return {
    charge(charges, nowMs) {
      const decisions = decideAll(charges, nowMs);
      const admitted = decisions.every((decision) => decision.kind === 'admit');
      if (admitted) {
        charges.forEach(({ key, bucket }, index) => {
          const decision = decisions[index];
          if (decision?.kind === 'admit') remember(key, { tat: decision.tat, ticksPerMs: bucket.ticksPerMs }, nowMs);
        });
      }
      return charges.map((charge, index) => outcomeOf(charge, decisions[index], admitted, nowMs));
    },
    peek(charges, nowMs) {
      const decisions = decideAll(charges, nowMs);
      return charges.map((charge, index) => outcomeOf(charge, decisions[index], false, nowMs));
    },
    get size() {
      return entries.size;
    },
    get evictions() {
      return evictions;
    },
  };

  function outcomeOf(
    { limit, key, bucket }: Charge,
    decision: Decision | undefined,
    charged: boolean,
    nowMs: number,
  ): ChargeOutcome {
    if (decision?.kind === 'refuse') {
      return { limit, refused: true, remaining: decision.remaining, resetMs: decision.waitMs };
    }
    if (decision !== undefined && charged) {
      return { limit, refused: false, remaining: decision.remaining, resetMs: decision.resetMs };
    }
    const now = ticksAt(bucket, nowMs);
    const tat = entries.get(key)?.tat ?? now;
    return { limit, refused: false, remaining: remainingAt(bucket, tat, now), resetMs: untilNextMs(bucket, tat, now) };
  }
}
