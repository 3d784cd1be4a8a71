/**
 * How many retries may be in flight to one upstream.
 *
 * Owns two counts: requests in their first attempt and requests in a later one, the wait before it included. Retries are
 * bounded by a share of first attempts, so that an upstream that fails everything sees at most `1 + share` times the calls.
 */

/** Few requests in flight may still be retried: a share of two is nothing. */
const LEAST = 3;

export interface RetryBudget {
  requestStarted(): void;
  requestEnded(): void;
  /** Takes a place, which `release` gives back; false when none is left. */
  take(ratio: number): boolean;
  release(): void;
  readonly retrying: number;
}

export function createRetryBudget(): RetryBudget {
  let requests = 0;
  let retrying = 0;
  return {
    requestStarted() {
      requests += 1;
    },
    requestEnded() {
      requests -= 1;
    },
    take(ratio) {
      if (retrying >= Math.max(LEAST, ratio * (requests - retrying))) return false;
      retrying += 1;
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
