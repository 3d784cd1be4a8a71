/** The places that a call needs: in the share of the request for which it is made, and in the pool of its provider. */
import type { Clock } from '../../resilience/clock.ts';
import type { Acquired, Place, Pool } from '../../resilience/pool.ts';
import type { FanOut } from './fan-out.ts';
import type { PlannedProvider } from './plan-providers.ts';

export interface WaitingCaller {
  /** Whose turn it is in the queue; empty when unknown. */
  readonly tenant: string;
  /** Of the incoming request for which this call is made; empty when unknown. */
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export interface PlaceSources {
  readonly planned: PlannedProvider;
  readonly pool: Pool | undefined;
  readonly fanOut: FanOut | undefined;
}

export type Missed = Exclude<Acquired, { kind: 'place' }>;
export type Waited = Missed | { readonly kind: 'places'; readonly places: readonly Place[] };

/** The share first: who waits there must not hold a place of the pool. Both waits are one in time. */
export async function waitForPlaces(
  { planned, fanOut, pool }: PlaceSources,
  { tenant, requestId, signal }: WaitingCaller,
  clock: Clock,
): Promise<Waited> {
  const startedMs = clock.nowMs();
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
