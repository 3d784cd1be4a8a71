/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/): the field that ties the requests of several services together.
 *
 * Owns reading and writing `traceparent`. What to believe of it is decided by whoever asks (traces/request-tracer.ts).
 */

export interface TraceParent {
  /** 32 hex digits in lower case. */
  readonly traceId: string;
  /** 16 hex digits: the span of the caller. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

const SHAPE = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
const SAMPLED = 1;
// Version 00, two dashes between three values, two digits of flags.
const LENGTH = 55;

/** Undefined for anything that the recommendation calls invalid: then there is no trace to continue. */
export function parseTraceparent(field: string | readonly string[] | undefined): TraceParent | undefined {
  if (typeof field !== 'string' || field.length < LENGTH) return undefined;
  const [, version, traceId, spanId, flags = '', more] = SHAPE.exec(field) ?? [];
  if (traceId === undefined || spanId === undefined || version === 'ff') return undefined;
  // Later versions may say more after the flags; this one does not.
  if (version === '00' && more !== undefined) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`;
}
