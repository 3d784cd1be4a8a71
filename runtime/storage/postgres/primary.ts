/**
 * Questions to the primary, behind a circuit breaker.
 *
 * A database that is away or frozen costs the first few callers a short wait and the others none: they fail at once with
 * `StorageUnavailable`. One question at a time, asked beside the requests, finds out when it is back, so that nobody storms a
 * server that has just recovered. Owns that question; the breaker (resilience/breaker.ts) owns the states.
 */
import { type BreakerSettings, createBreaker, type Ticket } from '../../resilience/breaker.ts';
import type { Clock } from '../../resilience/clock.ts';
import { within } from '../../resilience/timeout.ts';
import type { Database } from './database.ts';
import { asError, isOutage } from './is-outage.ts';
import { createRetryTimer } from './retry-timer.ts';
import { StorageUnavailable } from './storage-unavailable.ts';

export interface Primary {
  /** Fails with `StorageUnavailable` while it cannot be asked, and with its own error where the question was wrong. */
  ask<Result>(question: (database: Database) => Promise<Result>, limitMs?: number): Promise<Result>;
  /** Asks even while it counts as away, to find out whether it is back. */
  check(sql: string): Promise<void>;
  /** A connection broke while nobody used it. */
  lost(error: Error): void;
  readonly isUp: boolean;
  close(): void;
}

export interface PrimaryOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Hears of each change; `error` is why it is away. */
  readonly onAway: (error: Error) => void;
  readonly onBack: () => void;
}

const SETTINGS: BreakerSettings = {
  // More than one, for a single connection may break without a word about the server.
  consecutiveFailures: 3,
  // The timer below decides when it is tried, and the probe ends with its own limit.
  openMs: 0,
  halfOpenProbes: 1,
  halfOpenMs: Number.POSITIVE_INFINITY,
};
const PROBE_MS = 500;
const PROBE_LIMIT_MS = 1_000;

export function createPrimary({ database, clock, onAway, onBack }: PrimaryOptions): Primary {
  const timer = createRetryTimer();
  const breaker = createBreaker({
    settings: SETTINGS,
    clock,
    probe: 'beside',
    onTransition: ({ to }) => {
      if (to === 'closed') onBack();
    },
  });
  const isUp = (): boolean => breaker.state === 'closed';

  function succeeded(ticket: Ticket | undefined): void {
    if (ticket !== undefined) breaker.settle(ticket, 'success');
  }

  function failed(ticket: Ticket | undefined, error: Error): void {
    if (ticket === undefined) return;
    const wasUp = isUp();
    breaker.settle(ticket, 'failure');
    if (!wasUp || isUp()) return;
    onAway(error);
    timer.schedule(probe, PROBE_MS);
  }

  async function probe(): Promise<void> {
    await check('select 1').catch(() => undefined);
    if (!isUp()) timer.schedule(probe, PROBE_MS);
  }

  async function check(sql: string): Promise<void> {
    const ticket = isUp() ? breaker.admit() : breaker.admitProbe();
    await tell(ticket, (primary) => primary.query(sql, [], PROBE_LIMIT_MS), PROBE_LIMIT_MS);
  }

  /** One question, which also tells the breaker how it went, if it has a ticket. */
  async function tell<Result>(
    ticket: Ticket | undefined,
    question: (primary: Database) => Promise<Result>,
    limitMs: number | undefined,
  ): Promise<Result> {
    try {
      const answer = question(database);
      const result = await (limitMs === undefined ? answer : within(limitMs, answer));
      succeeded(ticket);
      return result;
    } catch (error) {
      if (!isOutage(error)) {
        succeeded(ticket);
        throw error;
      }
      failed(ticket, asError(error));
      throw new StorageUnavailable('the database did not answer', { cause: error });
    }
  }

  return {
    ask(question, limitMs) {
      const ticket = breaker.admit();
      if (ticket === undefined) return Promise.reject(new StorageUnavailable('the database is away'));
      return tell(ticket, question, limitMs);
    },
    check,
    lost: (error) => failed(breaker.admit(), error),
    get isUp() {
      return isUp();
    },
    close: () => timer.stop(),
  };
}
