/**
 * A circuit breaker: stops calls to what fails, and tries it again with exactly so many probes.
 *
 *   closed    --settle: enough failures-->              open
 *   open      --admit: openMs passed-->                 half-open
 *   half-open --settle: a probe succeeded-->            closed, with all counts cleared
 *   half-open --settle: a probe failed-->               open, for openMs anew
 *   half-open --any look: a probe is overdue-->         open, since the moment it was due
 *   any       --force, reset-->                         what the operator says
 *
 * Invariants
 * 1. While half-open at most `halfOpenProbes` calls are in flight; all others are refused.
 * 2. A result counts only in the state in which its call was admitted: one that began before the breaker opened says
 *    nothing about the probes.
 * 3. A ticket counts once, however often it is settled.
 * 4. No timer: time is looked at when somebody calls or reads.
 */
import type { Breaker } from '../../schemas/runtime-policy.gen.ts';
import type { Clock } from './clock.ts';
import { createFailureWindow, type FailureWindow } from './failure-window.ts';

export type BreakerState = 'closed' | 'half-open' | 'open';

/** `neither`: says nothing of the other side, such as a call that the client gave up, or back-pressure. */
export type CallResult = 'success' | 'failure' | 'neither';

export type TransitionCause =
  | 'failures'
  | 'open-time-over'
  | 'probe-succeeded'
  | 'probe-failed'
  | 'probe-overdue'
  | 'operator';

export interface Transition {
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly cause: TransitionCause;
}

export interface BreakerSettings extends Breaker {
  /** Longest time that a probe may take. */
  readonly halfOpenMs: number;
}

/** Leave for one call; give it back with `settle`, in every case. */
export interface Ticket {
  readonly epoch: number;
  isSettled: boolean;
}

export interface BreakerView {
  readonly state: BreakerState;
  /** What an operator holds it at; undefined when it decides itself. */
  readonly forced: 'open' | 'closed' | undefined;
  /** How long it has been in this state. */
  readonly forMs: number;
  /** Calls that ended within the window, and how many failed; 0 without `windowMs`. */
  readonly calls: number;
  readonly failures: number;
  readonly consecutiveFailures: number;
  readonly probesInFlight: number;
  /** When a refused caller may try again: 0 while closed. */
  readonly retryInMs: number;
  /** Calls refused so far. */
  readonly refused: number;
}

export interface CircuitBreaker {
  /** Undefined when the call is refused, which costs nothing. */
  admit(): Ticket | undefined;
  /** Whether `admit` would refuse, for a caller that has to wait for something else first. A refusal is counted. */
  refuses(): boolean;
  settle(ticket: Ticket, result: CallResult): void;
  view(): BreakerView;
  /** Holds it open or closed until `reset`. */
  force(state: 'open' | 'closed'): void;
  /** Closes it, clears its counts, and lets it decide itself again. */
  reset(): void;
  /** Follows a new policy; state and counts stay, but for those of a window whose length changed. */
  configure(settings: BreakerSettings): void;
}

export interface BreakerOptions {
  readonly settings: BreakerSettings;
  readonly clock: Clock;
  readonly onTransition?: (transition: Transition) => void;
}

/** What is said of a breaker that waits for its probes: their end is unknown. */
const PROBING_RETRY_MS = 1_000;

export function createBreaker({ settings: initial, clock, onTransition }: BreakerOptions): CircuitBreaker {
  let settings = initial;
  let window = openWindow(settings);
  let state: BreakerState = 'closed';
  let forced: BreakerView['forced'];
  let epoch = 0;
  let sinceMs = clock.nowMs();
  let consecutiveFailures = 0;
  let probesInFlight = 0;
  /** When the first of the probes in flight began. */
  let probingSinceMs = 0;
  let refused = 0;

  function move(to: BreakerState, cause: TransitionCause, atMs: number): void {
    const from = state;
    state = to;
    epoch += 1;
    sinceMs = atMs;
    probesInFlight = 0;
    consecutiveFailures = 0;
    window?.clear();
    if (from !== to) onTransition?.({ from, to, cause });
  }

  function expireProbes(nowMs: number): void {
    const dueMs = probingSinceMs + settings.halfOpenMs;
    if (state === 'half-open' && probesInFlight > 0 && nowMs >= dueMs) move('open', 'probe-overdue', dueMs);
  }

  /** Whether a call may go now; what time alone has changed is taken in first. */
  function isPassable(nowMs: number): boolean {
    expireProbes(nowMs);
    if (state === 'open') return forced !== 'open' && nowMs >= sinceMs + settings.openMs;
    return state === 'closed' || probesInFlight < settings.halfOpenProbes;
  }

  function admitProbe(nowMs: number): Ticket {
    if (state === 'open') move('half-open', 'open-time-over', nowMs);
    if (probesInFlight === 0) probingSinceMs = nowMs;
    probesInFlight += 1;
    return { epoch, isSettled: false };
  }

  function judgeProbe(result: CallResult): void {
    probesInFlight -= 1;
    if (result === 'success') move('closed', 'probe-succeeded', clock.nowMs());
    if (result === 'failure') move('open', 'probe-failed', clock.nowMs());
  }

  function count(failed: boolean): void {
    const nowMs = clock.nowMs();
    consecutiveFailures = failed ? consecutiveFailures + 1 : 0;
    window?.add(failed, nowMs);
    if (isTripped(settings, consecutiveFailures, window, nowMs)) move('open', 'failures', nowMs);
  }

  function retryInMs(nowMs: number): number {
    if (state === 'closed') return 0;
    if (state === 'half-open') return PROBING_RETRY_MS;
    return forced === 'open' ? settings.openMs : Math.max(0, sinceMs + settings.openMs - nowMs);
  }

  return {
    admit() {
      if (state === 'closed') return { epoch, isSettled: false };
      const nowMs = clock.nowMs();
      if (isPassable(nowMs)) return admitProbe(nowMs);
      refused += 1;
      return undefined;
    },
    refuses() {
      if (state === 'closed' || isPassable(clock.nowMs())) return false;
      refused += 1;
      return true;
    },
    settle(ticket, result) {
      if (ticket.isSettled) return;
      ticket.isSettled = true;
      if (state === 'half-open') expireProbes(clock.nowMs());
      if (ticket.epoch !== epoch || forced !== undefined) return;
      if (state === 'half-open') judgeProbe(result);
      else if (result !== 'neither') count(result === 'failure');
    },
    view() {
      const nowMs = clock.nowMs();
      expireProbes(nowMs);
      const { calls, failures } = window?.counts(nowMs) ?? NO_CALLS;
      return {
        state,
        forced,
        forMs: nowMs - sinceMs,
        calls,
        failures,
        consecutiveFailures,
        probesInFlight,
        retryInMs: retryInMs(nowMs),
        refused,
      };
    },
    force(to) {
      forced = to;
      move(to, 'operator', clock.nowMs());
    },
    reset() {
      forced = undefined;
      move('closed', 'operator', clock.nowMs());
    },
    configure(next) {
      if (next.windowMs !== settings.windowMs) window = openWindow(next);
      settings = next;
    },
  };
}

/** The settings of a declared breaker before calls that take at most `timeoutMs`. */
export function breakerSettings(breaker: Breaker, timeoutMs: number): BreakerSettings {
  return { ...breaker, halfOpenMs: breaker.halfOpenMs ?? timeoutMs };
}

const NO_CALLS = { calls: 0, failures: 0 };

function openWindow({ windowMs, failureRatio }: Breaker): FailureWindow | undefined {
  return windowMs === undefined || failureRatio === undefined ? undefined : createFailureWindow(windowMs);
}

function isTripped(
  { consecutiveFailures, failureRatio, minimumCalls = 1 }: Breaker,
  inARow: number,
  window: FailureWindow | undefined,
  nowMs: number,
): boolean {
  if (consecutiveFailures !== undefined && inARow >= consecutiveFailures) return true;
  if (window === undefined || failureRatio === undefined) return false;
  const { calls, failures } = window.counts(nowMs);
  return calls >= minimumCalls && failures >= failureRatio * calls;
}
