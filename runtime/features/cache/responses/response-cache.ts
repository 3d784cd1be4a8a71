/**
 * Answers from the caches of the policy, in front of the proxy.
 *
 * Owns the order of events for one request: look up; answer, or wait for who is fetching the same (join-flight.ts), or fetch
 * and let others wait (fetch-and-keep.ts). Comes after all policies: what is kept is authorised, limited and counted like
 * anything else. Of many requests for the same thing in one process, one goes to the upstream.
 */
import type { ServerResponse } from 'node:http';
import { readBody } from '../../../http/body.ts';
import type { Exchange, Respond, Verdict } from '../../../http/exchange.ts';
import { isFresh } from '../cache-store.ts';
import type { Caches } from '../caches.ts';
import { createPassMarks } from '../pass-marks.ts';
import { serve } from './answer-kept.ts';
import { primaryKey, variantKey } from './cache-key.ts';
import type { CacheParts, CacheRequest, Look } from './cache-request.ts';
import { fetchAndKeep } from './fetch-and-keep.ts';
import { watchSuccess } from './invalidate.ts';
import { joinFlight } from './join-flight.ts';
import { passesCache } from './passing.ts';

export interface ResponseCacheOptions extends Pick<CacheParts, 'policy' | 'clock' | 'phase'> {
  readonly caches: Caches;
}

/** Looks at most, before a request goes on its own: variants become known and fetches are abandoned one at a time. */
const LOOKS = 4;

/** The proxy with caches before it; for a policy that uses none, the proxy as it is. */
export function createResponseCache(options: ResponseCacheOptions, proxy: Respond): Respond {
  const { policy, caches, clock } = options;
  const isUsed = policy.routes.some((route) => route.cache !== undefined || route.invalidates !== undefined);
  if (!isUsed) return proxy;
  const parts: CacheParts = { ...options, proxy, passMarks: createPassMarks(clock) };

  function look(exchange: Exchange, res: ServerResponse): Promise<Verdict> {
    const { route } = exchange;
    const use = route?.cache;
    const cache = use === undefined ? undefined : caches.get(use.use);
    if (route === undefined || use === undefined || cache === undefined) return proxy(exchange, res);
    if (passesCache(exchange, use, policy)) return proxy(exchange, res);
    const primary = primaryKey(exchange, route, use);
    if (primary === undefined) return proxy(exchange, res);
    return answer({ exchange, res, route, use, cache, primary }, parts);
  }

  return async function respond(exchange, res) {
    const { route, method } = exchange;
    if (route?.invalidates !== undefined) watchSuccess(exchange, route.invalidates, caches);
    if (method !== 'POST' || route?.cache?.methods.includes('POST') !== true) return look(exchange, res);
    // The body is part of what is asked.
    return (await readBody(exchange, route.bodyLimitBytes, clock)) ?? look(exchange, res);
  };
}

async function answer(request: CacheRequest, parts: CacheParts): Promise<Verdict> {
  const { exchange, res, cache } = request;
  let vary: readonly string[] = [];
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const look = await lookUp(request, vary, parts);
    if (look.kind === 'answered') return look.verdict;
    if (look.kind === 'alone') break;
    vary = look.vary;
  }
  cache.stats.misses += 1;
  return parts.proxy(exchange, res);
}

async function lookUp(request: CacheRequest, vary: readonly string[], parts: CacheParts): Promise<Look> {
  const { exchange, use, cache, primary } = request;
  const key = variantKey(primary, vary, exchange);
  const joined = cache.flights.find(key);
  if (joined !== undefined) return joinFlight(joined, vary, request, parts);
  const reading = cache.store.read(key, use.tags);
  // A shared store is asked once for all who want the same. What is in memory is found at once, and nothing may come between
  // looking there and opening a flight.
  const early = reading instanceof Promise ? cache.flights.open(key, use.tags) : undefined;
  const found = reading instanceof Promise ? await reading : reading;
  const { kept } = found;
  if (kept?.entry.vary !== undefined) {
    early?.settle({ kind: 'varies', vary: kept.entry.vary });
    return { kind: 'again', vary: kept.entry.vary };
  }
  if (kept !== undefined && isFresh(kept)) {
    early?.settle({ kind: 'kept', key, vary, kept });
    return { kind: 'answered', verdict: serve(request, { kept, how: 'hit' }, parts) };
  }
  return { kind: 'answered', verdict: await fetchAndKeep(request, { key, vary, found, early }, parts) };
}
