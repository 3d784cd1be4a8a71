/**
 * Specs that are usual but for a few values at the edge of the language.
 *
 * Owns where each edge stands. Many of these specs have findings; the tests ask that those without any compile into what the targets take.
 */
import fc from 'fast-check';
import service from '../../../schemas/spec/service.schema.json' with { type: 'json' };
import * as edge from './edge-values.ts';
import { ROUTE_EDGES } from './route-edges.ts';
import { SURROUNDING_EDGES } from './surrounding-edges.ts';
import { type Documents, type Edge, usualSpec } from './usual-spec.ts';

const FIELDS = service.properties.spec.properties;
const portName = edge.matching(FIELDS.ports.items.properties.name, 15);
const alertName = edge.matching(FIELDS.alerts.items.properties.name, 30);
const label = edge.word;

const EDGES: readonly Edge[] = [
  ...ROUTE_EDGES,
  ...SURROUNDING_EDGES,
  ['system.metadata.name', edge.name],
  ['system.metadata.owner', edge.text],
  ['system.spec.title', edge.text],
  ['environment.metadata.name', edge.name],
  ['environment.spec.namespace', edge.name],
  ['environment.spec.domains.0.host', edge.host],
  ['environment.spec.origins', fc.tuple(edge.origin)],
  [
    'environment.spec.securityHeaders',
    fc.dictionary(fc.constantFrom('X-Frame-Options', 'X-Custom'), edge.text, { maxKeys: 1 }),
  ],
  ['environment.spec.trustedProxies', fc.constantFrom(['::/0'], ['fd00::/8', '10.0.0.0/8'], ['192.0.2.1/32'])],
  ['api.metadata.name', edge.name],
  ['api.metadata.owner', edge.text],
  ['api.spec.port', edge.port],
  [
    'api.spec.ports',
    fc.tuple(fc.record({ name: portName, port: fc.constant(7000), protocol: fc.constantFrom('tcp', 'udp') })),
  ],
  [
    'api.spec.image',
    fc.constantFrom(
      `r.example.com:5000/x/y_z:V1.2-rc.1_2@sha256:${'0'.repeat(64)}`,
      `localhost/a:${'t'.repeat(128)}@sha256:${'0'.repeat(64)}`,
    ),
  ],
  ['api.spec.resources.cpu', edge.cpu],
  ['api.spec.resources.memory', edge.bytes],
  ['api.spec.resources.limits', fc.record({ cpu: edge.cpu, memory: edge.bytes }, { requiredKeys: [] })],
  ['api.spec.resources.ephemeralStorage', edge.bytes],
  [
    'api.spec.scale',
    fc.record({
      min: fc.constant(1),
      max: fc.constantFrom(2, 10_000),
      on: fc.record({ cpu: edge.ratio, memory: edge.ratio }),
    }),
  ],
  [
    'api.spec.probes',
    fc.record({ period: edge.duration, timeout: edge.duration, startWithin: edge.duration }, { requiredKeys: [] }),
  ],
  ['api.spec.probes', fc.record({ liveness: edge.path, readiness: edge.path }, { requiredKeys: [] })],
  ['api.spec.shutdown', fc.record({ preStop: edge.duration, drain: edge.duration }, { requiredKeys: [] })],
  ['api.spec.shutdown', fc.record({ grace: edge.duration })],
  ['api.spec.command', fc.tuple(edge.text)],
  ['api.spec.args', fc.tuple(edge.text)],
  ['api.spec.env', fc.tuple(fc.record({ name: edge.envName, value: edge.text }))],
  ['api.spec.env', fc.tuple(fc.record({ name: edge.envName, secret: fc.record({ name: edge.name, key: edge.word }) }))],
  [
    'api.spec.security',
    fc.record({ writable: fc.tuple(fc.record({ path: edge.word.map((word) => `/${word}`), size: edge.bytes })) }),
  ],
  [
    'api.spec.jobs',
    fc.tuple(fc.record({ name: edge.name, schedule: edge.cron, command: fc.constant(['x']), deadline: edge.duration })),
  ],
  ['api.spec.jobs', fc.tuple(fc.record({ name: edge.name, command: fc.tuple(edge.text) }))],
  ['api.spec.routes.0.path', edge.path],
  ['api.spec.routes.0.match', fc.constant('prefix')],
  ['api.spec.routes.0.timeout', edge.duration],
  ['api.spec.routes.0.bodyLimit', edge.bytes],
  ['api.spec.routes.0.name', edge.name],
  [
    'api.spec.routes.0.rateLimits',
    fc.tuple(
      fc.record(
        {
          rate: edge.rate,
          per: fc.constantFrom('client', 'route', 'global'),
          burst: fc.constantFrom(0, 1, 999_999),
          zone: edge.name,
        },
        { requiredKeys: ['rate'] },
      ),
    ),
  ],
  [
    'api.spec.objectives',
    fc.tuple(
      fc.record(
        { availability: edge.ratio, window: edge.duration, name: edge.name },
        { requiredKeys: ['availability'] },
      ),
    ),
  ],
  ['api.spec.objectives', fc.tuple(fc.record({ latency: fc.record({ within: edge.duration, for: edge.ratio }) }))],
  [
    'api.spec.alerts',
    fc.tuple(
      fc.record(
        {
          name: alertName,
          severity: fc.constant('warning'),
          summary: edge.text,
          for: edge.duration,
          errorRatio: fc.record({ above: edge.ratio, over: edge.duration }),
        },
        { requiredKeys: ['name', 'severity', 'errorRatio'] },
      ),
    ),
  ],
  [
    'api.spec.alerts',
    fc.tuple(
      fc.record({
        name: alertName,
        severity: fc.constant('info'),
        threshold: fc.record(
          {
            metric: fc.constant('up'),
            above: fc.constantFrom(0, 1e-9, 1e21),
            matching: fc.dictionary(fc.stringMatching(/^[a-zA-Z_]{1,8}$/), edge.text, { maxKeys: 1 }),
            by: fc.tuple(label),
          },
          { requiredKeys: ['metric', 'above'] },
        ),
      }),
    ),
  ],
  [
    'api.spec.metrics',
    fc.record({
      exported: fc.tuple(
        fc.record(
          {
            name: edge.metricName,
            type: fc.constantFrom('counter', 'gauge'),
            help: edge.text,
            labels: fc.dictionary(fc.stringMatching(/^[a-zA-Z_]{1,8}$/), fc.array(edge.text, { maxLength: 1 }), {
              maxKeys: 1,
            }),
          },
          { requiredKeys: ['name', 'type', 'help'] },
        ),
      ),
    }),
  ],
  ['store.metadata.name', edge.name],
  ['store.spec.storage', edge.bytes],
  ['store.spec.path', edge.word.map((word) => `/${word}`)],
];

/** A usual spec with up to four edges. */
export const anySpec: fc.Arbitrary<Documents> = fc
  .array(
    fc.constantFrom(...EDGES).chain(([path, value]) => value.map((made): readonly [string, unknown] => [path, made])),
    { minLength: 1, maxLength: 4 },
  )
  .map((edges) => {
    const documents = usualSpec();
    for (const [path, value] of edges) put(documents, path.split('.'), value);
    return follow(documents);
  });

function put(holder: unknown, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (typeof holder !== 'object' || holder === null) return;
  if (rest.length === 0) Object.assign(holder, { [key]: value });
  else put(Object.entries(holder).find(([name]) => name === key)?.[1], rest, value);
}

/** References follow the names that they refer to. */
function follow(documents: Documents): Documents {
  const { system, api, store, cache } = documents;
  for (const { metadata } of [documents.environment, documents.gateway, api, store, cache])
    metadata.system = system.metadata.name;
  store.spec['embeddedIn'] = api.metadata.name;
  for (const entry of Array.isArray(api.spec['uses']) ? api.spec['uses'] : [])
    entry.use = entry.use === 'cache' ? cache.metadata.name : store.metadata.name;
  return documents;
}
