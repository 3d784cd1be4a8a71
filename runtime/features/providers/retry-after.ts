/**
 * When a provider says that it wants to be left alone, and for how long.
 *
 * Retry-After is a number of seconds or a date (RFC 9110, 10.2.3). Anything else is as if it were not there.
 */

/** Milliseconds from `wallMs` on; undefined for what cannot be read. */
function parseRetryAfter(field: string | undefined, wallMs: number): number | undefined {
  const text = field?.trim() ?? '';
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) * 1000;
  // A date has a name of a day; `Date.parse` alone would take many things for one.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) return undefined;
  const dateMs = Date.parse(text);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - wallMs);
}

/** How long a provider that throttles asks to be left alone, 0 when it does not say; undefined when it does not throttle. */
export function throttleOf(status: number, retryAfter: string | undefined, wallMs: number): number | undefined {
  const askedMs = parseRetryAfter(retryAfter, wallMs);
  if (status === 429) return askedMs ?? 0;
  return status === 503 ? askedMs : undefined;
}
