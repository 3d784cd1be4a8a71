/**
 * Calls the upstream for this request, keeps what it answers, and hands it to those who wait.
 *
 * Where the call fails and something is left that ended not long ago, that is served in its place. However it ends, the
 * flight is settled, or those who wait would wait for nobody.
 */

import type { Verdict } from '../../../http/exchange.ts';
import type { Found } from '../cache-store.ts';
import type { Landing } from '../named-cache.ts';
import type { Flight } from '../single-flight.ts';
import { serve } from './answer-kept.ts';
import type { CacheParts, CacheRequest } from './cache-request.ts';
import { createCapture } from './capture.ts';
import { forbidsKeeping } from './passing.ts';

export interface Looked {
  readonly key: string;
  readonly vary: readonly string[];
  readonly found: Found;
  /** The flight that was opened for the look-up. */
  readonly early: Flight<Landing> | undefined;
}

export async function fetchAndKeep(request: CacheRequest, looked: Looked, parts: CacheParts): Promise<Verdict> {
  const { exchange, res, cache, primary } = request;
  const { key, vary, found } = looked;
  const { passMarks, clock, proxy } = parts;
  cache.stats.misses += 1;
  // HEAD brings no body, and a client may ask that nothing is kept: neither is anything to wait for.
  if (exchange.method === 'HEAD' || forbidsKeeping(exchange)) {
    looked.early?.settle({ kind: 'abandoned' });
    return proxy(exchange, res);
  }
  const flight = flightFor(request, looked, passMarks.has(key));
  const stale = found.kept;
  const fieldsBefore = [...exchange.fields];
  const capture = createCapture({
    exchange,
    cache,
    put: found.put,
    primary,
    vary,
    flight,
    hasStale: stale !== undefined,
    wallMs: clock.wallMs(),
    onPrivate: () => passMarks.set(key),
  });
  exchange.tap = capture;
  try {
    const verdict = await proxy(exchange, res);
    const status = capture.withheld ?? failureOf(verdict);
    if (status === undefined) return verdict;
    flight?.settle({ kind: 'failed', stale, status });
    if (stale === undefined) return verdict;
    exchange.fields.splice(0, exchange.fields.length, ...fieldsBefore);
    return serve(request, { kept: stale, how: 'stale', upstreamStatus: capture.withheld }, parts);
  } finally {
    exchange.tap = undefined;
    // Whatever else ended it for this client, such as its leaving, does not end it for others.
    flight?.settle({ kind: 'abandoned' });
  }
}

/** Nobody waits for an answer that will hardly be for sharing. */
function flightFor(
  { cache, use }: CacheRequest,
  { key, early }: Looked,
  isPrivate: boolean,
): Flight<Landing> | undefined {
  if (!isPrivate) return early ?? cache.flights.open(key, use.tags);
  early?.settle({ kind: 'private' });
  return undefined;
}

/** Nothing was sent, and what is left to say is that the service behind failed. */
function failureOf(verdict: Verdict): number | undefined {
  return verdict !== undefined && verdict.status >= 500 ? verdict.status : undefined;
}
