/**
 * Says on every answer of a route that it will go away, and when.
 *
 * `Sunset` (RFC 8594) is a date of HTTP, `Deprecation` (RFC 9745) a date of Structured Fields. The policy knows one day, so
 * both say it: the route is to be left by then.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import { type Handler, setField } from '../exchange.ts';

/** Undefined where the route stays. */
export function announceSunset({ sunset }: Route): Handler | undefined {
  if (sunset === undefined) return undefined;
  const day = new Date(`${sunset}T00:00:00Z`);
  const date = day.toUTCString();
  const deprecation = `@${day.getTime() / 1000}`;
  return function announceSunset(exchange) {
    setField(exchange, 'deprecation', deprecation);
    setField(exchange, 'sunset', date);
    return undefined;
  };
}
