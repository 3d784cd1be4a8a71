/**
 * When to stop asking a store that fails, and when to try again.
 *
 *   closed --5 failures within a second--> open --half a second--> probing --success--> closed
 *                                           ^------------failure------------'
 *
 * A state machine without a timer: it moves when it is asked. While it is open nobody waits for the store; whoever finds it
 * due is told to try it once, beside the request and not for it.
 */
const FAILURES = 5;
const WINDOW_MS = 1_000;
const OPEN_MS = 500;

/** What to do with a request now. */
export type BreakerAdvice = 'ask' | 'skip' | 'skip-and-probe';

export interface StoreBreaker {
  advise(nowMs: number): BreakerAdvice;
  /** A request that was asked for failed. */
  failed(nowMs: number): void;
  /** The outcome of a probe. A late answer to a request from before says nothing of now: only a probe closes. */
  probed(isUsable: boolean, nowMs: number): void;
  readonly isOpen: boolean;
}

/** `onChange` hears each change between closed and not closed. */
export function createStoreBreaker(onChange: (isOpen: boolean) => void): StoreBreaker {
  let state: 'closed' | 'open' | 'probing' = 'closed';
  let openedMs = 0;
  let failures: number[] = [];

  function open(nowMs: number): void {
    state = 'open';
    openedMs = nowMs;
    failures = [];
  }

  return {
    advise(nowMs) {
      if (state === 'closed') return 'ask';
      if (state === 'open' && nowMs - openedMs >= OPEN_MS) {
        state = 'probing';
        return 'skip-and-probe';
      }
      return 'skip';
    },
    failed(nowMs) {
      if (state !== 'closed') return;
      failures = [...failures.filter((ms) => nowMs - ms < WINDOW_MS), nowMs];
      if (failures.length < FAILURES) return;
      open(nowMs);
      onChange(true);
    },
    probed(isUsable, nowMs) {
      if (!isUsable) {
        open(nowMs);
        return;
      }
      state = 'closed';
      onChange(false);
    },
    get isOpen() {
      return state !== 'closed';
    },
  };
}
