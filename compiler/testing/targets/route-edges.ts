/**
 * Edges of what a route says, beside its path: hosts, CORS, sockets and streams, connections, credentials, and when it ends.
 */
import fc from 'fast-check';
import * as edge from './edge-values.ts';
import type { Edge } from './usual-spec.ts';

/** Some of the fields, at least one of those that must stand. */
const some = (fields: Readonly<Record<string, fc.Arbitrary<unknown>>>, required: readonly string[] = []) =>
  fc.record(fields, { requiredKeys: [...required] });

const crossOrigin = some({
  headers: fc.tuple(edge.headerName),
  expose: fc.tuple(edge.headerName),
  credentials: fc.boolean(),
  maxAge: fc.oneof(fc.constant('0s'), edge.duration),
});

const stream = some(
  {
    path: fc.constant('/live'),
    kind: fc.constantFrom('sse', 'websocket'),
    auth: fc.constant('none'),
    keepAlive: edge.duration,
    idleTimeout: edge.duration,
    maxConcurrent: fc.constantFrom(1, 200, 1_000_000),
    peak: edge.rate,
  },
  ['path', 'kind', 'auth'],
);

export const ROUTE_EDGES: readonly Edge[] = [
  ['environment.spec.cors', crossOrigin],
  ['api.spec.routes.0.cors', fc.oneof(crossOrigin, fc.constantFrom<unknown>(true, false, 'service'))],
  ['api.spec.routes.0.hosts', fc.constantFrom(['shop'], ['shop.example.com'])],
  ['api.spec.hosts', fc.constantFrom(['shop'], ['shop.example.com'])],
  ['api.spec.pages', fc.boolean()],
  ['api.spec.routes.0.pages', fc.boolean()],
  ['api.spec.host', fc.constantFrom('own', 'keep')],
  ['api.spec.keepAliveTimeout', edge.duration],
  ['api.spec.balance', fc.constantFrom('round-robin', 'least-connections')],
  ['api.spec.outliers', fc.record({ failures: fc.constantFrom(1, 100), leaveOut: edge.duration })],
  ['api.spec.routes.0.upgrade', fc.constant('websocket')],
  [
    'api.spec.routes.0.websocket',
    some({ maxConnectionsPerTenant: fc.constantFrom(1, 1_000_000), pingInterval: edge.duration }),
  ],
  ['api.spec.routes.0.maxConcurrent', fc.constantFrom(1, 64, 1_000_000)],
  ['api.spec.routes.0.credentials', fc.constantFrom('hide', 'forward')],
  ['api.spec.routes.0.allow', fc.constantFrom(['10.0.0.0/8'], ['::/0', '192.0.2.1/32'], ['2001:db8::/32'])],
  ['api.spec.routes.0.methods', fc.constantFrom(['GET'], ['POST', 'PATCH'], ['OPTIONS', 'GET'], ['HEAD'])],
  ['api.spec.routes.0.peak', edge.rate],
  ['api.spec.routes.0.sunset', fc.constantFrom('2027-06-30', '2028-02-29', '9999-12-31')],
  ['api.spec.routes.0.priority', fc.constantFrom('normal', 'critical', 'low')],
  [
    'api.spec.routes.0.retries',
    fc.record({ max: fc.constantFrom(1, 3), on: fc.constantFrom([503], [502, 504]), budget: edge.ratio }),
  ],
  ['api.spec.routes.1', stream],
];
