/** Random ids for traces and spans, in hex. */
import { randomFillSync } from 'node:crypto';

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;

// One look at the random source serves many requests: each look costs more than all the rest of an id.
const pool = Buffer.allocUnsafe(4_096);
let used = pool.length;

export function newTraceId(): string {
  return take(TRACE_BYTES);
}

export function newSpanId(): string {
  return take(SPAN_BYTES);
}

function take(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}
