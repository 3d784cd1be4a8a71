/**
 * Which requests no cache answers and no answer to which is kept.
 *
 * What the client says about freshness (`no-cache`, `max-age`) is advice (RFC 9111, 5.2.1), and is not taken: anybody could
 * turn the cache off and call the upstream at will. An operator drops entries on the admin port instead.
 */
import type { RuntimePolicy } from '../../../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../../../http/exchange.ts';
import { hasBody } from '../../../http/request-body.ts';
import { forwardsCredential } from '../../../proxy/request-head.ts';
import { parseCacheControl } from '../cache-control.ts';
import type { CacheUse } from './cache-key.ts';

/** Partial answers, and conditions on the state that a request meets: they are for the origin. */
const FOR_THE_ORIGIN = ['range', 'if-match', 'if-unmodified-since', 'if-range'];

export function passesCache(exchange: Exchange, use: CacheUse, policy: RuntimePolicy): boolean {
  const { method, req, body } = exchange;
  const kept = method === 'HEAD' ? 'GET' : method;
  if (!use.methods.some((candidate) => candidate === kept)) return true;
  if (FOR_THE_ORIGIN.some((name) => req.headers[name] !== undefined)) return true;
  // A body that is not read here is not in the key.
  if (body === undefined && hasBody(req)) return true;
  // Whoever the upstream sees in it, the key does not tell.
  return forwardsCredential(exchange, policy);
}

/** Whether the client asks that no trace of this exchange is kept. What is kept already may answer. */
export function forbidsKeeping({ req }: Exchange): boolean {
  const field = req.headers['cache-control'];
  return field !== undefined && parseCacheControl(field).has('no-store');
}
