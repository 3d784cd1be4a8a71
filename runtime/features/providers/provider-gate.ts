/**
 * The way to one provider: breaker, fan-out of the request, pool, and a target.
 *
 * Owns their order and that all of them are given back. The breaker is asked first, since while it is open nobody should
 * wait; then the places are waited for; then the breaker gives its ticket, just before the call is sent, so that a probe
 * is never spent in a queue. A provider with several targets has a breaker for each, and is open when all of them are.
 *
 * Invariants
 * 1. Whoever entered holds one ticket and one place of each kind until `leave`, which works once.
 * 2. Who did not enter holds nothing.
 */
import type { CallResult } from '../../resilience/breaker.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Place, PoolRefusalReason } from '../../resilience/pool.ts';
import type { PlannedTarget } from './plan-providers.ts';
import type { ProviderMetrics } from './provider-metrics.ts';
import { createSideTurns, type Side, type TakenSide } from './sides.ts';
import { type Missed, type PlaceSources, type WaitingCaller, waitForPlaces } from './wait-for-places.ts';

export interface Caller extends WaitingCaller {
  /** The only target that will do. Default: any. */
  readonly target?: string | undefined;
}

export type Entry =
  | { readonly kind: 'entered'; readonly pass: Pass }
  /** Not to be called now: whoever has a fallback uses it. */
  | { readonly kind: 'unavailable'; readonly reason: 'open' | 'not-configured'; readonly retryAfterMs: number }
  /** It works, and is busy: a fallback would only be flooded in its place. */
  | { readonly kind: 'refused'; readonly reason: PoolRefusalReason; readonly retryAfterMs: number }
  | { readonly kind: 'abandoned' };

/** What came of a call. */
export interface CallEnd {
  readonly result: CallResult;
  /** Given when the provider throttled: how long it asks to be left alone. */
  readonly throttleMs?: number | undefined;
}

/** Leave to call, and what must be given back. */
export interface Pass {
  readonly provider: string;
  /** Where this attempt goes; undefined for a provider without targets. */
  readonly target: PlannedTarget | undefined;
  readonly enteredMs: number;
  readonly waitedMs: number;
  /** Ends this attempt and takes leave for another, at another target if there is one; false when none may be called. */
  again(end: CallEnd): boolean;
  leave(end: CallEnd): void;
}

/** What a policy makes of a provider. */
export interface GateParts extends PlaceSources {
  /** Empty when no target has its credential. */
  readonly sides: readonly Side[];
}

export interface ProviderGate {
  enter(caller: Caller): Promise<Entry>;
  /** Follows a policy; calls in flight end as they began. */
  configure(parts: GateParts): void;
  /** Sends away who waits, when no target may be called any more. */
  turnedOff(): void;
  readonly parts: GateParts;
  readonly inFlight: number;
}

const NOT_CONFIGURED: Entry = { kind: 'unavailable', reason: 'not-configured', retryAfterMs: 60_000 };
/** What is said of a breaker that has just changed its mind. */
const SOON_MS = 1_000;

export function createGate(initial: GateParts, clock: Clock, metrics: ProviderMetrics): ProviderGate {
  let parts = initial;
  const takeSide = createSideTurns();
  let inFlight = 0;

  async function enter(caller: Caller): Promise<Entry> {
    const entry = await tryToEnter(narrow(parts, caller.target), caller);
    const { name } = parts.planned;
    if (entry.kind === 'abandoned') metrics.called(name, 'abandoned', undefined);
    else if (entry.kind !== 'entered') metrics.called(name, 'not-sent', undefined);
    return entry;
  }

  async function tryToEnter(current: GateParts, caller: Caller): Promise<Entry> {
    if (current.sides.length === 0) return NOT_CONFIGURED;
    if (current.sides.every(({ breaker }) => breaker?.refuses())) return openEntry(current.sides);
    const startedMs = clock.nowMs();
    const waited = await waitForPlaces(current, caller, clock);
    if (waited.kind !== 'places') return entryOf(waited, current);
    const waitedMs = clock.nowMs() - startedMs;
    if (current.planned.pool !== undefined) metrics.waited(current.planned.pool.name, waitedMs);
    const taken = takeSide(current.sides, undefined);
    if (taken !== undefined) return { kind: 'entered', pass: openPass(current, taken, waited.places, waitedMs) };
    for (const place of waited.places) place.release();
    return openEntry(current.sides);
  }

  function entryOf(missed: Missed, { planned, sides }: GateParts): Entry {
    if (missed.kind === 'expelled') return openEntry(sides);
    if (missed.kind === 'refused' && planned.pool !== undefined) metrics.refused(planned.pool.name, missed.reason);
    return missed;
  }

  function openPass(from: GateParts, first: TakenSide, places: readonly Place[], waitedMs: number): Pass {
    const { name } = from.planned;
    const enteredMs = clock.nowMs();
    let taken: TakenSide | undefined = first;
    inFlight += 1;

    function endAttempt({ result, throttleMs }: CallEnd): Side | undefined {
      if (taken === undefined) return undefined;
      const { side, ticket } = taken;
      taken = undefined;
      if (ticket !== undefined) side.breaker?.settle(ticket, result);
      if (throttleMs !== undefined) throttled(from, throttleMs, places[0]?.placedMs ?? enteredMs);
      return side;
    }

    return {
      provider: name,
      get target() {
        return (taken ?? first).side.target;
      },
      enteredMs,
      waitedMs,
      again(end) {
        const failed = endAttempt(end);
        taken = takeSide(from.sides, failed);
        if (taken !== undefined) metrics.retried(name);
        else giveBack(end);
        return taken !== undefined;
      },
      leave(end) {
        if (endAttempt(end) !== undefined) giveBack(end);
      },
    };

    function giveBack({ result, throttleMs }: CallEnd): void {
      inFlight -= 1;
      for (const place of places) place.release();
      const told = throttleMs !== undefined ? 'throttled' : result === 'neither' ? 'abandoned' : result;
      metrics.called(name, told, clock.nowMs() - enteredMs);
    }
  }

  function throttled({ planned, pool }: GateParts, retryAfterMs: number, placedMs: number): void {
    metrics.throttled(planned.name);
    const { throttle } = planned.declared;
    if (throttle !== undefined) pool?.throttle({ provider: planned.name, ...throttle, retryAfterMs, placedMs });
  }

  return {
    enter,
    configure(next) {
      parts = next;
    },
    turnedOff() {
      const { sides, pool, planned } = parts;
      if (sides.every(({ breaker }) => breaker !== undefined && breaker.state === 'open')) pool?.expel(planned.name);
    },
    get parts() {
      return parts;
    },
    get inFlight() {
      return inFlight;
    },
  };
}

/** The same provider, with the target that the caller insists on as its only one. */
function narrow(parts: GateParts, wanted: string | undefined): GateParts {
  return wanted === undefined
    ? parts
    : { ...parts, sides: parts.sides.filter(({ target }) => target?.name === wanted) };
}

function openEntry(sides: readonly Side[]): Entry {
  const waits = sides.map(({ breaker }) => breaker?.view().retryInMs ?? 0);
  return { kind: 'unavailable', reason: 'open', retryAfterMs: Math.max(SOON_MS, Math.min(...waits)) };
}
