/**
 * The circuit breaker: stops calls to what fails, and tries it again with exactly so many probes.
 *
 *   closed    --settle: enough failures-->              open
 *   open      --a probe is admitted after openMs-->     half-open
 *   half-open --settle: a probe succeeded-->            closed, with all counts cleared
 *   half-open --settle: a probe failed-->               open, for openMs anew
 *   half-open --any look: a probe is overdue-->         open, since the moment it was due
 *   any       --force, reset-->                         what the operator says
 *
 * A probe is one of the callers, or a question of the owner's own beside them (`probe`), where nobody should wait for it.
 *
 * Invariants
 * 1. While half-open at most `halfOpenProbes` calls are in flight; all others are refused.
 * 2. A result counts only in the episode in which its call was admitted: one that began before the breaker opened says
 *    nothing about the probes.
 * 3. A ticket counts once, however often it is settled.
 * 4. No timer: time is looked at when somebody calls or reads.
 */
import type { Breaker } from '../../schemas/runtime-policy.gen.ts';
import {
  type BreakerState,
  type Episode,
  type HalfOpen,
  halfOpen,
  mayProbe,
  probesDueMs,
  retryInMs,
  stable,
} from './breaker-episode.ts';
import type { Clock } from './clock.ts';
import { createFailureCount, type FailureLimits, type FailureReading } from './failure-count.ts';

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

export interface BreakerSettings extends FailureLimits, Pick<Breaker, 'openMs' | 'halfOpenProbes'> {
  /** Longest time that a probe may take. */
  readonly halfOpenMs: number;
}

/** Leave for one call; give it back with `settle`, in every case. */
export interface Ticket {
  readonly episode: Episode;
  isSettled: boolean;
}

export interface BreakerView extends FailureReading {
  readonly state: BreakerState;
  /** What an operator holds it at; undefined when it decides itself. */
  readonly forced: 'open' | 'closed' | undefined;
  /** How long it has been in this state. */
  readonly forMs: number;
  readonly probesInFlight: number;
  /** When a refused caller may try again: 0 while closed. */
  readonly retryInMs: number;
  /** Calls refused so far. */
  readonly refused: number;
}

export interface CircuitBreaker {
  /** Undefined when the call is refused, which costs nothing. */
  admit(): Ticket | undefined;
  /** Leave for a probe, where it is time for one. */
  admitProbe(): Ticket | undefined;
  /** Whether `admit` would refuse, for a caller that has to wait for something else first. A refusal is counted. */
  refuses(): boolean;
  settle(ticket: Ticket, result: CallResult): void;
  readonly state: BreakerState;
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
  /** Who tries it again: the caller that comes first after `openMs`, or its owner, by `admitProbe`. Default: `caller`. */
  readonly probe?: 'caller' | 'beside';
  readonly onTransition?: (transition: Transition) => void;
}

export function createBreaker(options: BreakerOptions): CircuitBreaker {
  const { clock, probe = 'caller', onTransition } = options;
  let { settings } = options;
  let episode: Episode = stable('closed', clock.nowMs());
  let refused = 0;
  const failures = createFailureCount(settings);

  function enter(next: Episode, cause: TransitionCause): void {
    const from = episode.state;
    episode = next;
    failures.clear();
    if (from !== next.state) onTransition?.({ from, to: next.state, cause });
  }

  /** The episode after what time alone has changed. */
  function look(nowMs: number): Episode {
    const dueMs = probesDueMs(episode, settings);
    if (dueMs !== undefined && nowMs >= dueMs) enter(stable('open', dueMs), 'probe-overdue');
    return episode;
  }

  function startProbing(nowMs: number): HalfOpen {
    const probing = halfOpen(nowMs);
    enter(probing, 'open-time-over');
    return probing;
  }

  function admitProbe(): Ticket | undefined {
    const nowMs = clock.nowMs();
    const current = look(nowMs);
    if (!mayProbe(current, settings, nowMs)) return undefined;
    const probing = current.state === 'half-open' ? current : startProbing(nowMs);
    if (probing.probesInFlight === 0) probing.probingSinceMs = nowMs;
    probing.probesInFlight += 1;
    return { episode: probing, isSettled: false };
  }

  function judge(own: Episode, result: CallResult, nowMs: number): void {
    if (own.state === 'half-open') {
      own.probesInFlight -= 1;
      if (result === 'success') enter(stable('closed', nowMs), 'probe-succeeded');
      if (result === 'failure') enter(stable('open', nowMs), 'probe-failed');
    } else if (!own.isHeld && result !== 'neither' && failures.add(result === 'failure', nowMs)) {
      enter(stable('open', nowMs), 'failures');
    }
  }

  return {
    admit() {
      if (episode.state === 'closed') return { episode, isSettled: false };
      const ticket = probe === 'caller' ? admitProbe() : undefined;
      if (ticket === undefined) refused += 1;
      return ticket;
    },
    admitProbe,
    refuses() {
      if (episode.state === 'closed') return false;
      const nowMs = clock.nowMs();
      if (probe === 'caller' && mayProbe(look(nowMs), settings, nowMs)) return false;
      refused += 1;
      return true;
    },
    settle(ticket, result) {
      if (ticket.isSettled) return;
      ticket.isSettled = true;
      const nowMs = clock.nowMs();
      if (look(nowMs) === ticket.episode) judge(ticket.episode, result, nowMs);
    },
    get state() {
      return episode.state === 'closed' ? 'closed' : look(clock.nowMs()).state;
    },
    view() {
      const nowMs = clock.nowMs();
      const current = look(nowMs);
      const counts = failures.read(nowMs);
      return { ...counts, ...describe(current, nowMs), retryInMs: retryInMs(current, settings, nowMs), refused };
    },
    force: (to) => enter(stable(to, clock.nowMs(), true), 'operator'),
    reset: () => enter(stable('closed', clock.nowMs()), 'operator'),
    configure(next) {
      failures.configure(next);
      settings = next;
    },
  };
}

function describe(episode: Episode, nowMs: number) {
  return {
    state: episode.state,
    forced: episode.state !== 'half-open' && episode.isHeld ? episode.state : undefined,
    forMs: nowMs - episode.sinceMs,
    probesInFlight: episode.state === 'half-open' ? episode.probesInFlight : 0,
  };
}

/** The settings of a declared breaker before calls that take at most `timeoutMs`. */
export function breakerSettings(breaker: Breaker, timeoutMs: number): BreakerSettings {
  return { ...breaker, halfOpenMs: breaker.halfOpenMs ?? timeoutMs };
}
