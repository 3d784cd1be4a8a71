/**
 * Waits for the fetch of another and takes what it brings, where that fits this request, too.
 *
 * Owns what each landing means. A client that goes away waits no longer; a fetch that takes more than half of the route's
 * time is not waited for, so that the other half is left for a call of one's own.
 */

import type { Verdict } from '../../../http/exchange.ts';
import { answerProblem } from '../../../http/problem.ts';
import type { Kept } from '../cache-store.ts';
import type { Landing } from '../named-cache.ts';
import type { Flight } from '../single-flight.ts';
import { serve } from './answer-kept.ts';
import { variantKey } from './cache-key.ts';
import type { CacheParts, CacheRequest, Look } from './cache-request.ts';

export async function joinFlight(
  flight: Flight<Landing>,
  vary: readonly string[],
  request: CacheRequest,
  parts: CacheParts,
): Promise<Look> {
  const { exchange, res, route, cache, primary } = request;
  const landing = await flight.wait(route.timeoutMs / 2, closing(request));
  if (res.destroyed) {
    exchange.outcome = 'client-abort';
    return { kind: 'answered', verdict: undefined };
  }
  switch (landing?.kind) {
    case 'kept':
      // What was fetched is for those who ask alike in every field that the answer varies by.
      if (variantKey(primary, landing.vary, exchange) !== landing.key) return { kind: 'again', vary: landing.vary };
      cache.stats.collapsed += 1;
      return { kind: 'answered', verdict: serve(request, { kept: landing.kept, how: 'collapsed' }, parts) };
    case 'varies':
      return { kind: 'again', vary: landing.vary };
    case 'abandoned':
      return { kind: 'again', vary };
    case 'failed':
      return { kind: 'answered', verdict: shareFailure(request, landing.stale, landing.status, parts) };
    case 'private':
    case undefined:
      return { kind: 'alone' };
  }
}

function closing({ res }: CacheRequest): Promise<void> {
  return new Promise((resolve) => {
    if (res.destroyed) resolve();
    else res.once('close', () => resolve());
  });
}

/** The service failed a moment ago for the one who asked first: to ask it again for each who waits would not help it. */
function shareFailure(request: CacheRequest, stale: Kept | undefined, status: number, parts: CacheParts): Verdict {
  const { exchange, cache } = request;
  if (stale !== undefined) return serve(request, { kept: stale, how: 'stale' }, parts);
  cache.stats.misses += 1;
  exchange.outcome = `cache-shared-failure: ${status}`;
  return answerProblem(exchange, {
    status: status === 503 || status === 504 ? status : 502,
    detail: 'The service behind failed just now for the same request.',
  });
}
