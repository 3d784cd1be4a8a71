/**
 * When failures are enough for a circuit breaker to open: so many in a row, so many within a window, or a share of the calls
 * of a window. Owns the counts and no state of the breaker.
 */
import type { Breaker } from '../../schemas/runtime-policy.gen.ts';
import { createFailureWindow, type FailureWindow } from './failure-window.ts';

export interface FailureLimits
  extends Pick<Breaker, 'consecutiveFailures' | 'windowMs' | 'minimumCalls' | 'failureRatio'> {
  /** Failures within `windowMs`, whatever succeeded between them. */
  readonly failuresInWindow?: number;
}

export interface FailureReading {
  /** Calls that ended within the window, and how many failed; 0 without `windowMs`. */
  readonly calls: number;
  readonly failures: number;
  readonly consecutiveFailures: number;
}

export interface FailureCount {
  /** Counts one call; whether that makes the failures enough. */
  add(failed: boolean, nowMs: number): boolean;
  read(nowMs: number): FailureReading;
  clear(): void;
  /** Counts stay, but for those of a window whose length changed. */
  configure(limits: FailureLimits): void;
}

const NO_CALLS = { calls: 0, failures: 0 };

export function createFailureCount(initial: FailureLimits): FailureCount {
  let limits = initial;
  let window = openWindow(limits);
  let consecutiveFailures = 0;

  function isEnough(nowMs: number): boolean {
    if (limits.consecutiveFailures !== undefined && consecutiveFailures >= limits.consecutiveFailures) return true;
    if (window === undefined) return false;
    const { failuresInWindow, failureRatio, minimumCalls = 1 } = limits;
    const { calls, failures } = window.counts(nowMs);
    if (failuresInWindow !== undefined && failures >= failuresInWindow) return true;
    return failureRatio !== undefined && calls >= minimumCalls && failures >= failureRatio * calls;
  }

  return {
    add(failed, nowMs) {
      consecutiveFailures = failed ? consecutiveFailures + 1 : 0;
      window?.add(failed, nowMs);
      // A success can make a share count, by the number of calls, and nothing else.
      return (failed || limits.failureRatio !== undefined) && isEnough(nowMs);
    },
    read: (nowMs) => ({ ...(window?.counts(nowMs) ?? NO_CALLS), consecutiveFailures }),
    clear() {
      consecutiveFailures = 0;
      window?.clear();
    },
    configure(next) {
      if (next.windowMs !== limits.windowMs || window === undefined) window = openWindow(next);
      limits = next;
    },
  };
}

function openWindow({ windowMs, failureRatio, failuresInWindow }: FailureLimits): FailureWindow | undefined {
  const isUsed = failureRatio !== undefined || failuresInWindow !== undefined;
  return windowMs === undefined || !isUsed ? undefined : createFailureWindow(windowMs);
}
