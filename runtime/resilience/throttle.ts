/**
 * What throttle signals of providers (429, or 503 with Retry-After) do to the size of a pool.
 *
 * Invariants
 * 1. The size is halved once for one overload: signals of calls that were already on their way at the last halving only
 *    prolong the wait.
 * 2. It never falls below `minConcurrent`, and comes back by one for each `recoverMs` after the wait is over.
 * 3. Time alone brings it back; there is no timer here.
 */

export interface ThrottleSignal {
  readonly provider: string;
  readonly minConcurrent: number;
  readonly recoverMs: number;
  /** How long the provider asks to be left alone. */
  readonly retryAfterMs: number;
  /** When the call that was throttled got its place. */
  readonly placedMs: number;
}

export interface Throttle {
  lower(signal: ThrottleSignal, configured: number, nowMs: number): void;
  size(configured: number, nowMs: number): number;
  /** How long the provider is still to be left alone: 0 when it may be called. */
  holdMs(provider: string, nowMs: number): number;
  /** Until the next place or provider comes back; undefined when none is away. */
  nextChangeMs(configured: number, nowMs: number): number | undefined;
  reset(): void;
}

/** A longer Retry-After is cut to this: a slip of a provider must not end its use for days. */
export const LONGEST_HOLD_MS = 3_600_000;

export function createThrottle(): Throttle {
  let lowered = Number.POSITIVE_INFINITY;
  let loweredMs = Number.NEGATIVE_INFINITY;
  let recoversFromMs = 0;
  let recoverMs = 1;
  const holds = new Map<string, number>();

  function size(configured: number, nowMs: number): number {
    return Math.min(configured, lowered + Math.floor(Math.max(0, nowMs - recoversFromMs) / recoverMs));
  }

  return {
    lower(signal, configured, nowMs) {
      const untilMs = nowMs + Math.min(signal.retryAfterMs, LONGEST_HOLD_MS);
      holds.set(signal.provider, Math.max(untilMs, holds.get(signal.provider) ?? 0));
      if (signal.placedMs > loweredMs) {
        const half = Math.floor(size(configured, nowMs) / 2);
        lowered = Math.max(1, half, Math.min(signal.minConcurrent, configured));
        loweredMs = nowMs;
      } else lowered = size(configured, nowMs);
      recoverMs = signal.recoverMs;
      recoversFromMs = Math.max(untilMs, nowMs);
    },
    size,
    holdMs: (provider, nowMs) => Math.max(0, (holds.get(provider) ?? 0) - nowMs),
    nextChangeMs(configured, nowMs) {
      const waits = [...holds.values()].map((untilMs) => untilMs - nowMs).filter((ms) => ms > 0);
      if (size(configured, nowMs) < configured) {
        const grown = Math.floor(Math.max(0, nowMs - recoversFromMs) / recoverMs);
        waits.push(recoversFromMs + (grown + 1) * recoverMs - nowMs);
      }
      return waits.length === 0 ? undefined : Math.min(...waits);
    },
    reset() {
      lowered = Number.POSITIVE_INFINITY;
      loweredMs = Number.NEGATIVE_INFINITY;
      holds.clear();
    },
  };
}
