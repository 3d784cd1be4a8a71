/**
 * Filling caches before the first request.
 *
 * What is worth having at start is the host's to know. A warm-up that fails or takes too long is said and given up: a cold
 * cache is slow, and a process that never gets ready is away.
 */
import { settledWithin } from '../../resilience/timeout.ts';
import { describeError, type Log } from '../../telemetry/log.ts';
import type { Caches } from './caches.ts';

export interface WarmUp {
  /** Stops when `signal` says that its time has passed, or that the process stops. */
  run(caches: Caches, signal: AbortSignal): Promise<unknown>;
  /** Default: 30 000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

/** Settles when the warm-up is over, whatever came of it, or when `stopped` does. */
export async function warm(
  { run, timeoutMs = TIMEOUT_MS }: WarmUp,
  { caches, log, stopped }: { readonly caches: Caches; readonly log: Log; readonly stopped: Promise<void> },
): Promise<void> {
  const abort = new AbortController();
  // Also what it throws before its first wait.
  const done = Promise.resolve().then(() => run(caches, abort.signal));
  const outcome = await settledWithin(timeoutMs, Promise.race([done.then(() => 'done' as const), stopped]));
  if (outcome.status === 'rejected') log.warn(describeError(outcome.reason), 'warm-up failed; starting without');
  else if (outcome.status === 'fulfilled' && outcome.value === 'done') log.info('caches warmed');
  else abort.abort();
  if (outcome.status === 'late') log.warn({ timeout_ms: timeoutMs }, 'warm-up takes too long; starting without');
}
