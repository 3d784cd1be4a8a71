/**
 * Drops what a successful write made out of date, before the writer hears that it succeeded.
 *
 * Here at once; on other replicas and in Redis it is under way by then, ahead of anything that the writer can ask next.
 */

import type { Exchange } from '../../../http/exchange.ts';
import type { Caches } from '../caches.ts';

const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export function watchSuccess(exchange: Exchange, tags: readonly string[], caches: Caches): void {
  if (READING.has(exchange.method)) return;
  exchange.tap = {
    hidden: undefined,
    head(status) {
      if (isSuccess(status)) void caches.invalidate(tags);
      return true;
    },
    data: () => false,
    end: () => undefined,
  };
}

/** The same for an answer that a host has given. Settles when other replicas know, at most after the command timeout of Redis. */
export async function invalidateAfter({ route, method }: Exchange, status: number, caches: Caches): Promise<void> {
  if (route?.invalidates === undefined || READING.has(method) || !isSuccess(status)) return;
  await caches.invalidate(route.invalidates);
}

/** A redirect after a POST tells of success, too. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 400;
}
