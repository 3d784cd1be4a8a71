/** Every field of a route ends where the table says, and nowhere else; with no enforcer for it, a finding says so. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CHECKS } from '../../checks/registry.ts';
import { compileNginx, compilePolicy } from '../../testing/compiled-spec.ts';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { ROUTE_KEEPERS } from './route-keepers.ts';

/** The fields of one route before, and after the field was written; JSON is YAML. */
const SAMPLES: Readonly<Record<string, readonly [before: string, after: string]>> = {
  path: ['path: /x', 'path: /y'],
  match: ['path: /x', 'path: /x, match: prefix'],
  methods: ['path: /x', 'path: /x, methods: [POST]'],
  kind: ['path: /x, idleTimeout: 1h, keepAlive: 15s', 'path: /x, idleTimeout: 1h, keepAlive: 15s, kind: sse'],
  upgrade: ['path: /x', 'path: /x, upgrade: websocket'],
  hosts: ['path: /x', 'path: /x, hosts: [www]'],
  timeout: ['path: /x', 'path: /x, timeout: 77s'],
  idleTimeout: ['path: /x, kind: sse', 'path: /x, kind: sse, idleTimeout: 77m'],
  bodyLimit: ['path: /x, methods: [PUT]', 'path: /x, methods: [PUT], bodyLimit: 77Ki'],
  allow: ['path: /x', 'path: /x, allow: [10.7.0.0/16]'],
  cors: ['path: /x', 'path: /x, cors: { headers: [x-seven] }'],
  pages: ['path: /x', 'path: /x, pages: true'],
  exposed: ['path: /x', 'path: /x, exposed: false'],
  name: ['path: /x, name: one', 'path: /x, name: two'],
  auth: ['path: /x', 'path: /x, auth: api-key'],
  roles: ['path: /x, auth: api-key', 'path: /x, auth: api-key, roles: [chef]'],
  body: ['path: /x, methods: [PUT]', 'path: /x, methods: [PUT], body: { type: object }'],
  tenantField: ['path: /x, methods: [PUT]', 'path: /x, methods: [PUT], tenantField: tenant'],
  cache: ['path: /x', 'path: /x, cache: { use: answers }'],
  invalidates: ['path: /x, methods: [PUT]', 'path: /x, methods: [PUT], invalidates: [rules]'],
  credentials: ['path: /x, auth: api-key', 'path: /x, auth: api-key, credentials: forward'],
  maxConcurrent: ['path: /x', 'path: /x, maxConcurrent: 77'],
  tenantShare: ['path: /x, maxConcurrent: 8', 'path: /x, maxConcurrent: 8, tenantShare: 50%'],
  priority: ['path: /x', 'path: /x, priority: critical'],
  retries: ['path: /x', 'path: /x, retries: { max: 1 }'],
  cost: ['path: /x', 'path: /x, cost: 7'],
  sunset: ['path: /x', 'path: /x, sunset: "2027-06-30"'],
  calls: ['path: /x', 'path: /x, calls: [{ provider: llm, fanOut: 7 }]'],
  keepAlive: ['path: /x, kind: sse', 'path: /x, kind: sse, keepAlive: 7s'],
  websocket: ['path: /x, kind: websocket', 'path: /x, kind: websocket, websocket: { maxConnectionsPerTenant: 7 }'],
  peak: ['path: /x', 'path: /x, peak: 7/s'],
};

const PROVIDER = `
---
apiVersion: seaworthy.dev/v1alpha1
kind: Provider
metadata: { name: llm, system: harbour }
spec: { upstreams: [{ url: https://llm.example.com }] }
`;

/** The system with one more route. */
function system(route: string, targets = 'nginx, runtime, systemd'): string {
  const text = `${EDGE_SYSTEM}${PROVIDER}`
    .replace('/ssl/private/harbour.key }]', '/ssl/private/harbour.key }, { host: www.harbour.example }]')
    .replace('  objectives:', `    - { ${route.includes('auth') ? route : `${route}, auth: none`} }\n  objectives:`)
    .replace('shutdown: { preStop: 6s', 'runtime: { caches: [{ name: answers, ttl: 10s }] }\n  shutdown: { preStop: 6s')
    .replace('wanted: [nginx, runtime, systemd]', `wanted: [${targets}]`);
  return targets.includes('runtime')
    ? text
    : text.replace(
        /---\napiVersion: seaworthy.dev\/v1alpha1\nkind: Service\nmetadata: { name: gateway[\s\S]*?(?=---)/,
        '',
      );
}

const unkept = (yaml: string) =>
  CHECKS.filter(({ code }) => code === 'SW-449').flatMap((check) =>
    check.run(modelOf(yaml)).map(({ message }) => message),
  );

describe('fields of a route', (it) => {
  it('are all in the table and in the samples', () => {
    const schema = parse(readFileSync(new URL('../../../schemas/spec/service.schema.json', import.meta.url), 'utf8'));
    const fields = Object.keys(schema.properties.spec.properties.routes.items.properties);
    assert.deepEqual(Object.keys(ROUTE_KEEPERS).sort(), fields.filter((name) => !/^rateLimits?$/.test(name)).sort());
    assert.deepEqual(Object.keys(SAMPLES).sort(), Object.keys(ROUTE_KEEPERS).sort());
  });

  for (const [field, keepers] of Object.entries(ROUTE_KEEPERS)) {
    const [before = '', after = ''] = SAMPLES[field] ?? [];
    it(`${field} ends in ${keepers.join(' and ') || 'checks'} :: and in no other enforcer`, () => {
      const changes = {
        edge: compileNginx(system(before)) !== compileNginx(system(after)),
        runtime: JSON.stringify(compilePolicy(system(before))) !== JSON.stringify(compilePolicy(system(after))),
      };
      assert.deepEqual(
        Object.entries(changes).flatMap(([keeper, changed]) => (changed ? [keeper] : [])),
        [...keepers].sort(),
      );
    });
    // Providers and caches belong to a gateway: without one the reference to them is an error already.
    if (keepers.length === 1 && keepers[0] === 'runtime' && !['calls', 'cache'].includes(field))
      it(`${field} is a finding where nginx is alone`, () => {
        const found = unkept(system(after, 'nginx, systemd')).filter((message) => message.startsWith(`\`${field}\``));
        assert.equal(found.length > 0, true, unkept(system(after, 'nginx, systemd')).join('\n'));
      });
  }
});
