/**
 * routes/streams-have-connections
 *
 * Owns one claim: whatever streams and requests a service declares, the gateway can connect.
 */
import { boundedRoutes, connectionsTo, MAX_CONNECTIONS, SHARED_CONNECTIONS } from '../../../derive/connection-pool.ts';
import type { ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const streamsHaveConnections: Check = {
  id: 'routes/streams-have-connections',
  code: 'SW-441',
  severity: 'error',
  title: 'More connections are declared than can exist',
  why: 'Each open stream and each request in flight holds a connection, and the gateway has about 28,000 ports towards one address; what is beyond waits until it fails.',
  hint: 'Lower `maxConcurrent`, or divide the streams over services of their own.',
  run: ({ services }) => services.flatMap((service) => findingsOf(service)),
};

function findingsOf(service: ServiceModel): Finding[] {
  const bounded = boundedRoutes(service).toSorted((a, b) => b.maxConcurrent - a.maxConcurrent);
  const [largest, ...others] = bounded;
  const needed = connectionsTo(service);
  if (largest === undefined || needed <= MAX_CONNECTIONS) return [];
  const terms = [
    ...bounded.map(({ name, maxConcurrent }) => `${name} ${maxConcurrent}`),
    `other requests ${SHARED_CONNECTIONS}`,
  ];
  return [
    {
      at: largest.origin.of('maxConcurrent'),
      message: `\`${service.name}\` needs up to ${needed} connections at once, and a gateway can have ${MAX_CONNECTIONS} to one address`,
      arithmetic: [`${terms.join(' + ')} = ${needed}`],
      related: others.map((route) => ({
        at: route.origin.of('maxConcurrent'),
        note: `\`${route.name}\` adds ${route.maxConcurrent}`,
      })),
    },
  ];
}
