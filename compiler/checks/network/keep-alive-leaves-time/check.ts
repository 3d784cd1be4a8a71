/**
 * network/keep-alive-leaves-time
 *
 * Owns one claim: there is a moment at which a caller can close an idle connection before the service does.
 */
import { formatDuration, milliseconds } from '../../../../schemas/units/index.ts';
import { idleTimeTo, SHORTEST_KEEP_ALIVE_MS } from '../../../derive/connection-pool.ts';
import type { ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const keepAliveLeavesTime: Check = {
  id: 'network/keep-alive-leaves-time',
  code: 'SW-440',
  severity: 'error',
  title: 'A connection cannot be given up in time',
  why: 'Whoever calls the service has to close an idle connection before it does; below a second a pause of either process is enough for a request to meet the close, and is a 502.',
  hint: 'Write `keepAliveTimeout: 5s` and let the service keep idle connections as long, or leave the field out and let it close each one after its answer.',
  run: ({ services }) => services.flatMap((service) => findingsOf(service)),
};

function findingsOf(service: ServiceModel): Finding[] {
  const { name, port, keepAliveTimeout, origin } = service;
  if (port === undefined || keepAliveTimeout >= SHORTEST_KEEP_ALIVE_MS) return [];
  const shortest = formatDuration(milliseconds(SHORTEST_KEEP_ALIVE_MS));
  return [
    {
      at: origin.of('keepAliveTimeout'),
      message: `\`${name}\` closes an idle connection after ${formatDuration(keepAliveTimeout)}; its callers need at least ${shortest} to be earlier`,
      arithmetic: [
        `they would close after ${formatDuration(milliseconds(idleTimeTo(service)))}, which leaves ${formatDuration(milliseconds(keepAliveTimeout - idleTimeTo(service)))} for the way and any pause`,
      ],
    },
  ];
}
