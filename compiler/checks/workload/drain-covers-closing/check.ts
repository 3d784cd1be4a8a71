/**
 * workload/drain-covers-closing
 *
 * Owns one claim: a gateway that stops still has time for its requests.
 */
import { CLOSING_MS } from '../../../../schemas/shutdown.ts';
import { formatDuration, milliseconds } from '../../../../schemas/units/index.ts';
import type { Check, Finding } from '../../check.ts';

export const drainCoversClosing: Check = {
  id: 'workload/drain-covers-closing',
  code: 'SW-443',
  severity: 'error',
  title: 'The gateway has no time for open requests',
  why: 'Of `drain` the gateway keeps five seconds to close databases, Redis and telemetry; when nothing is left, requests in flight are cut at once.',
  hint: 'Write `drain: 30s`, or any time above 5 s that the longest ordinary request fits into.',
  run: ({ services }) =>
    services
      .filter(({ role, shutdown }) => role === 'gateway' && shutdown.drain <= CLOSING_MS)
      .map(({ name, shutdown }): Finding => {
        const closing = formatDuration(milliseconds(CLOSING_MS));
        return {
          at: shutdown.origin.of('drain'),
          message: `\`${name}\` may take ${formatDuration(shutdown.drain)} to stop, and closing what it opened takes up to ${closing} of it`,
          arithmetic: [
            `drain ${formatDuration(shutdown.drain)} - closing ${closing} leaves nothing for requests in flight`,
          ],
        };
      }),
};
