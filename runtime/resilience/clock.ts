/**
 * The clock that every state machine of the runtime is given.
 *
 * Two readings, because they answer different questions: `nowMs` never goes back and has no date, `wallMs` is a date and
 * may jump. Limits and timeouts use the first, expiry of keys and log lines the second.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
};
