import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { EDGE_SYSTEM } from '../../testing/edge-system.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { buildRuntimePolicy, printRuntimePolicy } from './build-policy.ts';

const schema: object = JSON.parse(
  readFileSync(new URL('../../../schemas/runtime-policy.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv2020({ strict: false }).compile(schema);

/** The policy of the test system after textual changes, valid against the contract. */
function policyOf(...changes: readonly (readonly [from: string | RegExp, to: string])[]): RuntimePolicy {
  const yaml = changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    assert.notEqual(changed, text, `nothing to replace: ${from}`);
    return changed;
  }, EDGE_SYSTEM);
  const policy = buildRuntimePolicy(modelOf(yaml));
  validate(JSON.parse(printRuntimePolicy(policy)));
  assert.deepEqual(validate.errors ?? [], []);
  return policy;
}

const KUBERNETES = ['wanted: [nginx, runtime, systemd]', 'wanted: [nginx, runtime, kubernetes]'] as const;

describe('buildRuntimePolicy', (it) => {
  it('takes ports, probes and shutdown from the gateway service', () => {
    const policy = policyOf();
    assert.deepEqual(policy.listen, { host: '127.0.0.1', port: 8081, keepAliveMs: 65_000 });
    assert.deepEqual(policy.admin, { host: '127.0.0.1', port: 9091 });
    assert.deepEqual([policy.health.live, policy.health.ready], ['/livez', '/readyz']);
    assert.deepEqual(policy.shutdown, { drainDelayMs: 6000, drainTimeoutMs: 16_000 });
  });

  it('listens for other nodes in Kubernetes, where preStop already waits', () => {
    const policy = policyOf(KUBERNETES);
    assert.deepEqual([policy.listen.host, policy.admin.host, policy.shutdown.drainDelayMs], ['::', '::', 0]);
    assert.deepEqual(policy.upstreams['api']?.targets, ['http://api.harbour-production.svc.cluster.local:3000']);
    assert.deepEqual(policy.trust.proxyCidrs, ['127.0.0.0/8']);
  });

  it('reaches every instance on a host, and trusts the nginx beside it', () => {
    const policy = policyOf();
    assert.deepEqual(policy.upstreams['api']?.targets, ['http://127.0.0.1:3000', 'http://127.0.0.1:3001']);
    assert.deepEqual(policy.trust.proxyCidrs, ['127.0.0.0/8', '127.0.0.1/32', '::1/128']);
  });

  it('has defaults where no service is the gateway', () => {
    const policy = policyOf([
      /---\napiVersion: seaworthy.dev\/v1alpha1\nkind: Service\nmetadata: { name: gateway[\s\S]*?(?=---)/,
      '',
    ]);
    assert.deepEqual([policy.listen.port, policy.admin.port, policy.storage.replicas], [8080, 9090, 1]);
  });

  it('closes below a prefix what operators ask and what is kept inside :: unless a route names it', () => {
    const all: readonly [string, string] = [
      '    - { path: /internal, auth: none, exposed: false }',
      '    - { path: /internal, auth: none, exposed: false }\n    - { path: /, name: all, match: prefix, auth: none }',
    ];
    const closed = (policy: RuntimePolicy) => policy.routes.find(({ id }) => id === 'api-all')?.closed;
    // Behind an edge that hides it, the runtime serves `/internal` to its neighbours.
    assert.deepEqual(closed(policyOf(all)), ['/ready']);
    const alone = policyOf(all, ['wanted: [nginx, runtime, systemd]', 'wanted: [runtime, systemd]']);
    assert.deepEqual(closed(alone), ['/internal', '/ready']);
    assert.deepEqual(closed(policyOf(all, ['{ path: /health, auth: none, cors: false }', '{ path: /x }'])), [
      '/health',
      '/ready',
    ]);
    const elsewhere = policyOf(all, ['readiness: /ready }', 'readiness: /ready, port: 3999 }']);
    assert.equal(closed(elsewhere), undefined);
  });

  it('keeps admin and main port apart', () => {
    assert.deepEqual(policyOf(['metrics: { port: 9091 }', 'metrics: { port: 8081 }']).admin.port, 9090);
  });

  it('keeps rates exact and counts the burst as nginx does', () => {
    const { limits } = policyOf();
    assert.deepEqual(Object.keys(limits), ['daily-client', 'keys-api-key', 'slow-client', 'standard-client']);
    const figures = Object.values(limits).map(({ requests, periodMs, capacity }) => [requests, periodMs, capacity]);
    assert.deepEqual(figures, [
      [5, 86_400_000, 6],
      [1, 2000, 8],
      [30, 60_000, 2],
      [10, 1000, 5],
    ]);
  });

  it('leaves out limits that only the edge keeps, and those by a key that the route does not ask for', () => {
    const edgeOnly = policyOf(['rate: 30/min, burst: 1', 'rate: 30/min, burst: 1, at: [edge]']);
    assert.equal(edgeOnly.limits['slow-client'], undefined);
    const open = policyOf(['auth: api-key, rateLimits: [standard, keys]', 'auth: none, rateLimits: [standard, keys]']);
    assert.deepEqual(open.routes.find(({ id }) => id === 'api-list')?.limits, ['standard-client']);
    assert.equal(open.limits['keys-api-key'], undefined);
  });

  it('holds no figure that is not declared :: what does not fit is left out, and a finding of limits/figures-fit', () => {
    const { limits } = policyOf(['rate: 30/min, burst: 1', 'rate: 30/min, burst: 1000000']);
    assert.equal(limits['slow-client'], undefined);
    const largest = policyOf(['rate: 30/min, burst: 1', 'rate: 30/min, burst: 999999']);
    assert.equal(largest.limits['slow-client']?.capacity, 1_000_000);
  });

  it('lets a caller use up a quota at once, and everybody together a tenth more than a ceiling', () => {
    const bucket = (per: string, rate: string) =>
      policyOf(['per: client, rate: 30/min, burst: 1', `per: ${per}, rate: ${rate}`]).limits[`slow-${per}`]?.capacity;
    assert.deepEqual([bucket('client', '600/min'), bucket('client', '2/s'), bucket('client', '0.5/s')], [600, 2, 1]);
    assert.deepEqual([bucket('global', '50/s'), bucket('global', '5/s'), bucket('route', '600/min')], [6, 1, 61]);
  });

  it('writes each route with its figures', () => {
    const route = policyOf().routes.find(({ id }) => id === 'api-add');
    assert.deepEqual(route, {
      id: 'api-add',
      path: '/v1/items',
      match: 'exact',
      methods: ['POST'],
      kind: 'http',
      upstream: 'api',
      auth: 'api-key',
      limits: ['daily-client', 'slow-client'],
      timeoutMs: 8000,
      idleTimeoutMs: 8000,
      bodyLimitBytes: 16_384,
      cors: true,
    });
  });

  it('serves hidden routes only behind an edge that hides them', () => {
    const isServed = (policy: RuntimePolicy) => policy.routes.some(({ path }) => path === '/internal');
    assert.equal(isServed(policyOf()), true);
    assert.equal(isServed(policyOf(['wanted: [nginx, runtime, systemd]', 'wanted: [runtime, systemd]'])), false);
  });

  it('gives long and colliding names a digest', () => {
    const long = 'n'.repeat(60);
    const ids = policyOf(['name: files,', `name: ${long},`]).routes.map(({ id }) => id);
    assert.ok(ids.some((id) => /^api-n{50}-[0-9a-f]{8}$/.test(id) && id.length === 63));
    assert.equal(new Set(ids).size, ids.length);
  });

  it('lets exactly one layer own the headers', () => {
    assert.deepEqual([policyOf().cors.owner, policyOf().securityHeaders.owner], ['edge', 'edge']);
    const own = policyOf(['stage: production', 'stage: production\n  headerOwner: runtime']);
    assert.deepEqual([own.cors.owner, own.securityHeaders.owner], ['runtime', 'runtime']);
    assert.equal(own.securityHeaders.headers['x-content-type-options'], 'nosniff');
  });

  it('grants CORS to exact origins and never to all', () => {
    const { cors } = policyOf(["'http://localhost:3000'", "'*'"]);
    assert.deepEqual(cors.origins, ['https://app.harbour.example']);
    assert.deepEqual(
      [cors.methods, cors.headers, cors.credentials],
      [['GET', 'HEAD', 'POST', 'PUT'], ['content-type', 'x-api-key'], false],
    );
  });

  it('has a bound at every latency threshold, also where there are too many', () => {
    assert.ok(policyOf().telemetry.latencyBucketsMs.includes(130));
    const many = Array.from(
      { length: 38 },
      (_, index) => `    - { name: o${index}, latency: { within: ${2001 + index}ms, for: 95% } }`,
    ).join('\n');
    const bounds = policyOf(['    - { name: quick', `${many}\n    - { name: quick`]).telemetry.latencyBucketsMs;
    assert.equal(bounds.length, 40);
    assert.ok([130, 2001, 2038].every((bound) => bounds.includes(bound)));
    assert.deepEqual(
      bounds,
      [...bounds].sort((a, b) => a - b),
    );
  });

  it('has a bound above a threshold that is the highest of all', () => {
    const bounds = policyOf([
      '    - { name: quick',
      '    - { name: slow, latency: { within: 20s, for: 95% } }\n    - { name: quick',
    ]).telemetry.latencyBucketsMs;
    assert.deepEqual(bounds.slice(-2), [20_000, 40_000]);
  });

  it('knows clients behind pods of nginx whose network nobody declared, for only they are let in', () => {
    const scopes = (...changes: readonly (readonly [string, string])[]) =>
      Object.values(policyOf(...changes).limits).map(({ per }) => per);
    assert.ok(scopes().includes('client'));
    const undeclared: readonly [string, string] = ['trustedProxies: [', 'trustedProxies: [] # ['];
    assert.ok(scopes(KUBERNETES, undeclared).includes('client'));
    assert.ok(policyOf(KUBERNETES, undeclared).trust.proxyCidrs.includes('10.0.0.0/8'));
    assert.ok(!policyOf(undeclared).trust.proxyCidrs.includes('10.0.0.0/8'));
    // On a host nginx is beside the runtime, whose address needs no declaration.
    assert.ok(scopes(undeclared).includes('client'));
  });

  it('allows the embedded database to a single process, in development or where the gateway has one on purpose', () => {
    const embedded = (stage: string, ...more: readonly (readonly [string, string])[]) =>
      policyOf(['stage: production', `stage: ${stage}`], ...more).storage.database.embedded;
    assert.equal(embedded('development'), 'allowed');
    assert.equal(embedded('development', ['instances: 1', 'instances: 2']), 'forbidden');
    assert.equal(embedded('staging'), 'forbidden');
    assert.equal(policyOf().storage.database.embedded, 'forbidden');
    const own: readonly [string, string] = ['placement: external', 'placement: embedded\n  embeddedIn: gateway'];
    assert.equal(policyOf(own).storage.database.embedded, 'allowed');
    assert.equal(policyOf(own, ['instances: 1', 'instances: 2']).storage.database.embedded, 'forbidden');
  });

  it('knows the database by the variable that holds its credentials', () => {
    const { storage, health } = policyOf();
    assert.equal(storage.database.env, 'GATEWAY_DATABASE_URL');
    assert.deepEqual(
      health.dependencies.map(({ name, kind, required }) => ({ name, kind, required })),
      [
        { name: 'api', kind: 'upstream', required: false },
        { name: 'ledger', kind: 'storage', required: true },
      ],
    );
    const redis = policyOf(['engine: postgresql', 'engine: redis']);
    assert.deepEqual(redis.storage.counters, { kind: 'redis', env: 'GATEWAY_DATABASE_URL' });
    assert.deepEqual(
      redis.health.dependencies.map(({ name, kind }) => `${name} ${kind}`),
      ['api upstream', 'database storage', 'ledger redis'],
    );
  });

  it('counts replicas by the upper bound of the autoscaler', () => {
    const scaled = policyOf(KUBERNETES, ['  port: 8081', '  port: 8081\n  scale: { min: 2, max: 9 }']);
    assert.equal(scaled.storage.replicas, 9);
  });

  it('holds pools and breakers of providers', () => {
    const provider =
      '---\napiVersion: seaworthy.dev/v1alpha1\nkind: Provider\nmetadata: { name: oracle, system: harbour }\nspec:\n  upstreams: [{ name: main, url: "https://oracle.example" }]\n  pool: { maxConcurrent: 17, queue: { max: 19, wait: 23s } }\n  timeout: 29s\n  breaker: { failures: 3, openFor: 31s }\n';
    const { providers } = policyOf([/$/, provider]);
    assert.deepEqual(providers['oracle'], {
      pool: { name: 'oracle', maxConcurrent: 17, queue: { max: 19, waitMs: 23_000 } },
      timeoutMs: 29_000,
      breaker: { consecutiveFailures: 3, openMs: 31_000, halfOpenProbes: 1 },
      targets: [{ name: 'main', url: 'https://oracle.example' }],
    });
  });

  it('prints the same bytes for the same model', () => {
    assert.equal(printRuntimePolicy(policyOf()), printRuntimePolicy(policyOf()));
  });
});
