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
import type { CallResult, CircuitBreaker, Ticket } from '../../resilience/breaker.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Acquired, Place, Pool, PoolRefusalReason } from '../../resilience/pool.ts';
import type { FanOut } from './fan-out.ts';
import type { PlannedProvider, PlannedTarget } from './plan-providers.ts';
import type { ProviderMetrics } from './provider-metrics.ts';

export interface Caller {
  /** Whose turn it is in the queue; empty when unknown. */
  readonly tenant: string;
  /** Of the incoming request for which this call is made; empty when unknown. */
  readonly requestId: string;
  /** The only target that will do. Default: any. */
  readonly target?: string | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
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

/** One way out: a target with its breaker. */
export interface Side {
  readonly target: PlannedTarget | undefined;
  readonly breaker: CircuitBreaker | undefined;
}

/** What a policy makes of a provider. */
export interface GateParts {
  readonly planned: PlannedProvider;
  /** Empty when no target has its credential. */
  readonly sides: readonly Side[];
  readonly pool: Pool | undefined;
  readonly fanOut: FanOut | undefined;
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
  let turn = 0;
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
    const waited = await waitForPlaces(current, caller, startedMs);
    if (waited.kind !== 'places') return entryOf(waited, current);
    const waitedMs = clock.nowMs() - startedMs;
    if (current.planned.pool !== undefined) metrics.waited(current.planned.pool.name, waitedMs);
    const taken = takeSide(current.sides, undefined);
    if (taken !== undefined) return { kind: 'entered', pass: openPass(current, taken, waited.places, waitedMs) };
    for (const place of waited.places) place.release();
    return openEntry(current.sides);
  }

  /** A place in the request's own share first: who waits there must not hold one of the pool. Both waits are one in time. */
  async function waitForPlaces(
    { planned, fanOut, pool }: GateParts,
    caller: Caller,
    startedMs: number,
  ): Promise<Waited> {
    const { tenant, requestId, signal } = caller;
    const waitMs = planned.pool?.waitMs ?? planned.declared.timeoutMs;
    const request = { provider: planned.name, tenant, signal, waitMs };
    const share = requestId === '' ? undefined : await fanOut?.acquire(requestId, request);
    if (share !== undefined && share.kind !== 'place') return share;
    const leftMs = Math.max(0, waitMs - (clock.nowMs() - startedMs));
    const acquired = await pool?.acquire({ ...request, waitMs: leftMs });
    if (acquired === undefined || acquired.kind === 'place') {
      return { kind: 'places', places: [acquired?.place, share?.place].filter((place) => place !== undefined) };
    }
    share?.place.release();
    return acquired;
  }

  function entryOf(missed: Missed, { planned, sides }: GateParts): Entry {
    if (missed.kind === 'expelled') return openEntry(sides);
    if (missed.kind === 'refused' && planned.pool !== undefined) metrics.refused(planned.pool.name, missed.reason);
    return missed;
  }

  /** Sides take turns; one that refuses is passed over, and the one that has just failed is the last resort. */
  function takeSide(sides: readonly Side[], failed: Side | undefined): TakenSide | undefined {
    turn = (turn + 1) % Math.max(1, sides.length);
    const ordered = [...sides.slice(turn), ...sides.slice(0, turn)];
    const others = ordered.filter((side) => side !== failed);
    for (const side of failed !== undefined && sides.includes(failed) ? [...others, failed] : others) {
      if (side.breaker === undefined) return { side, ticket: undefined };
      const ticket = side.breaker.admit();
      if (ticket !== undefined) return { side, ticket };
    }
    return undefined;
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

type Missed = Exclude<Acquired, { kind: 'place' }>;
type Waited = Missed | { readonly kind: 'places'; readonly places: readonly Place[] };

interface TakenSide {
  readonly side: Side;
  readonly ticket: Ticket | undefined;
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
