/**
 * What a response says of the health of who sent it.
 *
 * Owns the verdict on a status, the same for upstreams and providers. A call without a complete response is a failure,
 * unless its own client gave it up.
 */
import type { CallResult } from './breaker.ts';

const TOO_MANY_REQUESTS = 429;

/** 5xx is a failure; 429 is back-pressure of one that works (RFC 6585, 4). */
export function resultOfStatus(status: number): CallResult {
  if (status === TOO_MANY_REQUESTS) return 'neither';
  return status >= 500 ? 'failure' : 'success';
}
