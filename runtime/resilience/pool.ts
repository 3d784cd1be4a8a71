/**
 * A concurrency pool: at most `size` calls at once, others wait in a bounded queue, each until its own deadline.
 *
 * Invariants
 * 1. Places taken never exceed the size at the moment of taking; a smaller size takes effect as places come back.
 * 2. A place comes back once, however often it is released.
 * 3. Whoever waits gets exactly one answer: a place, a refusal at its deadline, or word that it was given up.
 * 4. A place is never given to somebody whose deadline has passed.
 * 5. Timers exist only while somebody waits.
 */
import type { Clock } from './clock.ts';
import { createFairQueue, type Lane } from './fair-queue.ts';
import type { Schedule } from './schedule.ts';
import { createThrottle, type ThrottleSignal } from './throttle.ts';

export interface PoolSettings {
  /** Most calls at once. */
  readonly size: number;
  /** Most calls waiting. */
  readonly queue: number;
}

export interface Place {
  /** When it was given. */
  readonly placedMs: number;
  release(): void;
}

export type PoolRefusalReason = 'queue-full' | 'queue-timeout' | 'throttled';

export type Acquired =
  | { readonly kind: 'place'; readonly place: Place; readonly waitedMs: number }
  | { readonly kind: 'refused'; readonly reason: PoolRefusalReason; readonly retryAfterMs: number }
  /** The provider is not to be called any more; see `expel`. */
  | { readonly kind: 'expelled' }
  /** The caller went away. */
  | { readonly kind: 'abandoned' };

export interface PlaceRequest extends Lane {
  /** Longest wait. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface PoolView {
  readonly configured: number;
  /** Below `configured` while a provider throttles. */
  readonly size: number;
  readonly inUse: number;
  readonly waiting: number;
}

export interface Pool {
  acquire(request: PlaceRequest): Promise<Acquired>;
  /** A provider throttled a call that had a place here. */
  throttle(signal: ThrottleSignal): void;
  /** Sends away all that wait for this provider, since its breaker opened. */
  expel(provider: string): void;
  /** Follows a new policy at once; nobody loses a place or a turn. */
  configure(settings: PoolSettings): void;
  /** Forgets what providers throttled. */
  reset(): void;
  view(): PoolView;
}

export interface PoolOptions {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  readonly schedule: Schedule;
}

interface Waiter extends Lane {
  readonly deadlineMs: number;
  answer(acquired: Acquired): void;
}

/** What is said to callers that find no room: nobody knows when calls end. */
const FULL_RETRY_MS = 1_000;

export function createPool({ settings: initial, clock, schedule }: PoolOptions): Pool {
  let settings = initial;
  let inUse = 0;
  let cancelWake: (() => void) | undefined;
  const queue = createFairQueue<Waiter>();
  const throttle = createThrottle();

  function takePlace(nowMs: number): Place {
    inUse += 1;
    return createPlace(nowMs, () => {
      inUse -= 1;
      dispatch();
    });
  }

  function dispatch(): void {
    const nowMs = clock.nowMs();
    const mayCall = (provider: string): boolean => throttle.holdMs(provider, nowMs) === 0;
    while (queue.size > 0 && inUse < throttle.size(settings.size, nowMs)) {
      const waiter = queue.take(mayCall);
      if (waiter === undefined) break;
      if (nowMs >= waiter.deadlineMs) waiter.answer(refusal('queue-timeout'));
      else waiter.answer({ kind: 'place', place: takePlace(nowMs), waitedMs: 0 });
    }
    wakeLater(nowMs);
  }

  /** Time, and not only a release, can make room for those who wait. */
  function wakeLater(nowMs: number): void {
    cancelWake?.();
    const ms = queue.size === 0 ? undefined : throttle.nextChangeMs(settings.size, nowMs);
    cancelWake = ms === undefined ? undefined : schedule(ms, dispatch);
  }

  function wait(request: PlaceRequest, nowMs: number): Promise<Acquired> {
    return new Promise((resolve) => {
      const waiter = createWaiter(request, { clock, schedule, resolve, leave });
      queue.push(waiter, settings.queue)?.answer(refusal('queue-full'));
      wakeLater(nowMs);
    });
  }

  function leave(waiter: Waiter, acquired: Acquired): void {
    queue.remove(waiter);
    waiter.answer(acquired);
    if (queue.size === 0) wakeLater(clock.nowMs());
  }

  /** Answers those who wait for a provider and can no longer get it. */
  function dismiss(provider: string, answer: Acquired, isLost: (waiter: Waiter) => boolean): void {
    for (const waiter of queue.of(provider).filter(isLost)) {
      queue.remove(waiter);
      waiter.answer(answer);
    }
    dispatch();
  }

  return {
    async acquire(request) {
      const nowMs = clock.nowMs();
      if (request.signal?.aborted) return { kind: 'abandoned' };
      // Who is left waiting after this cannot be called now, so nobody is overtaken.
      if (queue.size > 0) dispatch();
      const holdMs = throttle.holdMs(request.provider, nowMs);
      if (holdMs === 0 && inUse < throttle.size(settings.size, nowMs)) {
        return { kind: 'place', place: takePlace(nowMs), waitedMs: 0 };
      }
      // To wait for what comes too late helps nobody.
      if (holdMs > request.waitMs) return refusal('throttled', holdMs);
      if (settings.queue === 0) return refusal('queue-full');
      if (request.waitMs <= 0) return refusal('queue-timeout');
      return wait(request, nowMs);
    },
    throttle(signal) {
      const nowMs = clock.nowMs();
      throttle.lower(signal, settings.size, nowMs);
      const holdMs = throttle.holdMs(signal.provider, nowMs);
      dismiss(signal.provider, refusal('throttled', holdMs), ({ deadlineMs }) => deadlineMs < nowMs + holdMs);
    },
    expel(provider) {
      dismiss(provider, { kind: 'expelled' }, () => true);
    },
    configure(next) {
      settings = next;
      dispatch();
    },
    reset() {
      throttle.reset();
      dispatch();
    },
    view() {
      const size = throttle.size(settings.size, clock.nowMs());
      return { configured: settings.size, size, inUse, waiting: queue.size };
    },
  };
}

function refusal(reason: PoolRefusalReason, retryAfterMs = FULL_RETRY_MS): Acquired {
  return { kind: 'refused', reason, retryAfterMs };
}

function createPlace(placedMs: number, release: () => void): Place {
  let isReleased = false;
  return {
    placedMs,
    release() {
      if (isReleased) return;
      isReleased = true;
      release();
    },
  };
}

interface WaiterOptions extends Pick<PoolOptions, 'clock' | 'schedule'> {
  readonly resolve: (acquired: Acquired) => void;
  /** It leaves by itself: at its deadline, or since its caller went away. */
  readonly leave: (waiter: Waiter, acquired: Acquired) => void;
}

function createWaiter({ provider, tenant, waitMs, signal }: PlaceRequest, options: WaiterOptions): Waiter {
  const { clock, schedule, resolve, leave } = options;
  const sinceMs = clock.nowMs();
  const onAbort = (): void => leave(waiter, { kind: 'abandoned' });
  const cancelDeadline = schedule(waitMs, () => leave(waiter, refusal('queue-timeout')));
  const waiter: Waiter = {
    provider,
    tenant,
    deadlineMs: sinceMs + waitMs,
    answer(acquired) {
      cancelDeadline();
      signal?.removeEventListener('abort', onAbort);
      resolve(acquired.kind === 'place' ? { ...acquired, waitedMs: clock.nowMs() - sinceMs } : acquired);
    },
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return waiter;
}
