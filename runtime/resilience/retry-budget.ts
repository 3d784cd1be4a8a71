/**
 * How many retries one upstream may get.
 *
 * Two bounds, as each alone leaks: retries in flight, the wait before them included, are a share of the requests in
 * their first attempt; and each request earns the same share of a retry, as retries that fail quickly would pass a bound
 * in flight many times over. An upstream that fails everything so sees at most `1 + share` times the calls. Few retries
 * are always allowed: a share of two requests is nothing.
 */

/** Retries in flight that are always allowed. */
const LEAST = 3;
/** Retries that may be saved up in good times. */
const MOST_EARNED = 50;

export interface RetryBudget {
  /** A request begins, and earns `ratio` of a retry. */
  requestStarted(ratio: number): void;
  requestEnded(): void;
  /** Allows one retry. `isHolding`: the request has a place from a retry before. False when there is none left. */
  take(ratio: number, isHolding: boolean): boolean;
  /** Gives the place of a request back. */
  release(): void;
  readonly retrying: number;
}

export function createRetryBudget(): RetryBudget {
  let requests = 0;
  let retrying = 0;
  let earned = 0;
  return {
    requestStarted(ratio) {
      requests += 1;
      earned = Math.min(MOST_EARNED, earned + ratio);
    },
    requestEnded() {
      requests -= 1;
    },
    take(ratio, isHolding) {
      const others = isHolding ? retrying - 1 : retrying;
      if (others >= LEAST && (earned < 1 || others >= ratio * (requests - retrying))) return false;
      earned = Math.max(0, earned - 1);
      if (!isHolding) retrying += 1;
      return true;
    },
    release() {
      retrying -= 1;
    },
    get retrying() {
      return retrying;
    },
  };
}
