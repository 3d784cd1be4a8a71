/**
 * Whether the shared store is asked: a circuit breaker whose probe writes beside the requests, for a server may answer and yet
 * take no writes. While it is open nobody waits for the store.
 *
 * Owns why the store is away, and the one log line for each change.
 */
import { type BreakerSettings, createBreaker, type Ticket } from '../../../resilience/breaker.ts';
import type { Clock } from '../../../resilience/clock.ts';
import type { Log } from '../../../telemetry/log.ts';
import type { Charge } from '../charge.ts';
import { compileBucket } from '../gcra.ts';
import { errorReason } from './error-reason.ts';
import type { StoreMetrics } from './store-metrics.ts';

export interface StoreBreaker {
  /** Leave to ask; undefined while the store is away. It is tried again for those who are refused, if it is time. */
  admit(): Ticket | undefined;
  succeeded(ticket: Ticket): void;
  failed(ticket: Ticket, error: unknown, charge: Charge | undefined): void;
  readonly isOpen: boolean;
}

export interface StoreBreakerOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<StoreMetrics, 'failed'>;
  /** Asks the store; the command timeout bounds it. */
  readonly ask: (charge: Charge) => Promise<unknown>;
  readonly onBack: () => void;
}

const SETTINGS: BreakerSettings = {
  failuresInWindow: 5,
  windowMs: 1_000,
  openMs: 500,
  halfOpenProbes: 1,
  // Never: the probe ends with its command timeout.
  halfOpenMs: Number.POSITIVE_INFINITY,
};
const QUIET_MS = 60_000;

export function createStoreBreaker({ clock, log, metrics, ask, onBack }: StoreBreakerOptions): StoreBreaker {
  let reason = 'other';
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  /** The budget on which Redis failed last, and so the place to see whether it is back. */
  let suspect: Charge | undefined;

  const breaker = createBreaker({
    settings: SETTINGS,
    clock,
    probe: 'beside',
    onTransition({ from, to }) {
      if (from === 'closed') log.warn({ reason }, 'limit store away: limits do what their onStoreFailure says');
      if (to !== 'closed') return;
      onBack();
      log.info('limit store back');
    },
  });

  async function probe(ticket: Ticket): Promise<void> {
    try {
      await ask(probeOf(suspect));
      breaker.settle(ticket, 'success');
    } catch (error) {
      reason = errorReason(error);
      metrics.failed(errorReason(error));
      breaker.settle(ticket, 'failure');
    }
  }

  function sayState(): void {
    if (clock.nowMs() < quietUntilMs) return;
    quietUntilMs = clock.nowMs() + QUIET_MS;
    log.error('limit store: a key holds something else than a budget; resetting that budget mends it');
  }

  return {
    admit() {
      const ticket = breaker.admit();
      if (ticket !== undefined) return ticket;
      const due = breaker.admitProbe();
      if (due !== undefined) void probe(due);
      return undefined;
    },
    succeeded: (ticket) => breaker.settle(ticket, 'success'),
    failed(ticket, error, charge) {
      const found = errorReason(error);
      metrics.failed(found);
      // One key that holds something else says nothing of the others.
      if (found === 'state') {
        sayState();
        breaker.settle(ticket, 'neither');
        return;
      }
      reason = found;
      suspect = charge;
      breaker.settle(ticket, 'failure');
    },
    get isOpen() {
      return breaker.state !== 'closed';
    },
  };
}

const PROBE = compileBucket({ requests: 1_000, periodMs: 1_000, capacity: 1_000 });

/** Writes beside the budget that failed. */
function probeOf(charge: Charge | undefined): Charge {
  return {
    rules: { id: '_probe', per: 'global', status: 429, onStoreFailure: 'open', dryRun: true },
    key: '_probe',
    identity: charge?.identity ?? 'global',
    tenant: charge?.tenant,
    size: { bucket: PROBE, member: '', share: undefined },
    cost: 1,
  };
}
