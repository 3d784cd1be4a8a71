/**
 * A gateway that asks for everything, all figures different, and the runtime policy that it becomes.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { modelOf } from '../../testing/model-of.ts';
import { describe } from '../../testing/suite.ts';
import { buildRuntimePolicy, printRuntimePolicy } from './build-policy.ts';

const SYSTEM = `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: harbour, owner: platform }
spec:
  title: Harbour
  targets: { wanted: [nginx, runtime, systemd] }
  rateLimits:
    - zone: tenant
      per: tenant
      rate: 60/min
      burst: 9
      dryRun: true
      variants: { professional: { rate: 600/min, burst: 19 } }
      env: { rate: DEFAULT_RATE_LIMIT_RPM, capacity: DEFAULT_RATE_LIMIT_BURST }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: harbour }
spec: { stage: production, domains: [{ host: api.harbour.example }], trustedProxies: [10.0.0.0/8] }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: ledger, system: harbour }
spec: { engine: postgresql, placement: external, host: db.harbour.example, rpo: 15m, rto: 4h, credentials: { name: ledger, key: url } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: bus, system: harbour }
spec:
  engine: redis
  placement: external
  host: redis.harbour.example
  streams: [{ name: work.requests, group: hands, reclaimAfter: 71s, maxDeliveries: 7 }]
---
apiVersion: seaworthy.dev/v1alpha1
kind: Provider
metadata: { name: oracle, system: harbour }
spec:
  upstreams: [{ name: main, url: "https://oracle.example" }]
  pool: { maxConcurrent: 17, env: ORACLE_CONCURRENCY }
  timeout: 29s
  breaker: { errors: 41%, window: 11s, minimumCalls: 13, openFor: 31s, halfOpenFor: 59s }
  throttle: { min: 3, recover: 2s }
  credentials: { name: oracle, key: token }
  fallback: stand-in
---
apiVersion: seaworthy.dev/v1alpha1
kind: Provider
metadata: { name: stand-in, system: harbour }
spec: { timeout: 37s }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: harbour }
spec:
  role: gateway
  port: 8081
  uses: [{ use: ledger, pool: 6 }, { use: bus }]
  env:
    - { name: ORACLE_TOKEN, secret: { name: oracle, key: token } }
    - { name: GATEWAY_DATABASE_URL, secret: { name: ledger, key: url } }
    - { name: OPTIONAL_TOKEN, secret: { name: other, key: token, optional: true } }
  runtime:
    egress: 9191
    keys: { types: [standard, premium], grace: 13h, failures: { rate: 14/min, burst: 15 } }
    tenants:
      store: database
      storeEnv: TENANT_STORE
      tiers: [standard, professional]
      development: { id: dev, env: TENANT_DEV_MODE }
    signing: { secrets: [SIGNING_SECRET], maxSkew: 300s, skewStatus: 408, maxBody: 2Mi }
    caches: [{ name: rules, ttl: 301s, maxEntries: 1001, staleIfError: 16s, store: redis }]
    tracing: { service: harbour-3.0, endpoint: "http://localhost:4317", sample: 7%, enabledEnv: ENABLE_TRACING }
    errors: { env: SENTRY_DSN }
    log: { level: warn, env: LOG_LEVEL, slow: 1700ms }
    metricsEnv: ENABLE_METRICS
    originsEnv: CORS_ORIGINS
    limitFields: draft-and-legacy
    tls: { cert: certs/a.pem, key: certs/b.pem, clientCa: certs/c.pem, minVersion: "1.3" }
    readReplica: { env: REPLICA_URL, maxLag: 6s }
    environment:
      - { name: API_KEY, required: false, minBytes: 32, forbidden: [dev-api-key], onProblem: warn, unless: { name: TENANT_STORE, value: database } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: harbour }
spec:
  port: 3000
  process: { manager: systemd }
  balance: least-connections
  outliers: { failures: 4, leaveOut: 18s }
  breaker: { failures: 8, openFor: 33s }
  routes:
    - path: /v1/ask
      methods: [POST]
      rateLimits: [tenant]
      body: { type: object, required: [prompt] }
      tenantField: tenant_id
      roles: [writer]
      invalidates: [answers]
      maxConcurrent: 23
      tenantShare: 51%
      priority: low
      retries: { max: 1, on: [503], budget: 21% }
      cost: 5
      sunset: "2027-06-30"
      calls: [{ provider: oracle, fanOut: 12 }]
    - { path: /v1/rules, cache: { use: rules, tags: [answers], by: [user] } }
    - path: /v1/socket
      kind: websocket
      websocket: { maxConnectionsPerTenant: 24, pingInterval: 25s, env: { enabled: WS_ENABLED, maxConnectionsPerTenant: WS_MAX, pingInterval: WS_PING_INTERVAL } }
    - { path: /v1/signed, methods: [POST], auth: signature }
  objectives:
    - { name: quick, latency: { within: 130ms, for: 95% }, window: 28d }
    - { name: there, availability: 99.9%, window: 30d }
`;

const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(new URL('../../../schemas/runtime-policy.schema.json', import.meta.url), 'utf8')),
);

describe('the policy of a gateway that asks for everything', (it) => {
  const policy = buildRuntimePolicy(modelOf(SYSTEM));
  const route = (path: string) => policy.routes.find((entry) => entry.path === path);

  it('is valid against the contract', () => {
    validate(JSON.parse(printRuntimePolicy(policy)));
    assert.deepEqual(validate.errors ?? [], []);
  });

  it('holds keys, tenants and signatures', () => {
    const { apiKeys, failures, tenants, signature } = policy.auth;
    assert.deepEqual(apiKeys.types, ['premium', 'standard']);
    assert.equal(apiKeys.graceMs, 13 * 3_600_000);
    assert.deepEqual(failures, { requests: 14, periodMs: 60_000, capacity: 16 });
    assert.deepEqual(tenants, {
      store: 'database',
      development: { id: 'dev', enabled: false },
      tiers: ['professional', 'standard'],
    });
    assert.deepEqual(signature, {
      profile: 'simple',
      secretEnvs: ['SIGNING_SECRET'],
      maxSkewMs: 300_000,
      headers: { signature: 'x-signature', timestamp: 'x-timestamp', bodyHash: 'x-body-hash' },
      skewStatus: 408,
      maxBodyBytes: 2_097_152,
      onStoreFailure: 'closed',
    });
  });

  it('holds caches, queues, recovery objectives and objectives', () => {
    assert.deepEqual(policy.caches?.['rules'], {
      store: 'redis',
      ttlMs: 301_000,
      maxEntries: 1001,
      maxBytes: 67_108_864,
      maxEntryBytes: 1_048_576,
      staleIfErrorMs: 16_000,
    });
    assert.deepEqual(policy.queues?.['work-requests'], {
      stream: 'work.requests',
      group: 'hands',
      env: 'REDIS_URL',
      reclaimAfterMs: 71_000,
      maxDeliveries: 7,
    });
    assert.deepEqual(policy.backups, { ledger: { rpoMs: 900_000, rtoMs: 14_400_000 } });
    assert.deepEqual(policy.objectives, [
      { name: 'api-quick', upstream: 'api', target: 0.95, withinMs: 130, windowMs: 28 * 86_400_000 },
      { name: 'api-there', upstream: 'api', target: 0.999, windowMs: 30 * 86_400_000 },
    ]);
  });

  it('holds providers with pool, breaker, throttle, fan-out and the credential that the gateway has', () => {
    assert.deepEqual(policy.providers['oracle'], {
      pool: { name: 'oracle', maxConcurrent: 17, env: 'ORACLE_CONCURRENCY', queue: { max: 1000, waitMs: 30_000 } },
      timeoutMs: 29_000,
      breaker: {
        windowMs: 11_000,
        minimumCalls: 13,
        failureRatio: 0.41,
        openMs: 31_000,
        halfOpenProbes: 1,
        halfOpenMs: 59_000,
      },
      fallback: 'stand-in',
      throttle: { minConcurrent: 3, recoverMs: 2000 },
      targets: [
        { name: 'main', url: 'https://oracle.example', credentials: { header: 'authorization', env: 'ORACLE_TOKEN' } },
      ],
      maxFanOut: 12,
    });
    assert.deepEqual(policy.providers['stand-in'], { timeoutMs: 37_000 });
    assert.deepEqual(policy.egress, { host: '127.0.0.1', port: 9191 });
  });

  it('gives each route what it asks for, and no more', () => {
    const {
      body,
      tenantField,
      roles,
      invalidates,
      maxConcurrent,
      tenantShare,
      priority,
      retries,
      cost,
      sunset,
      fanOut,
    } = route('/v1/ask') ?? assert.fail();
    assert.deepEqual(body, { type: 'object', required: ['prompt'] });
    assert.deepEqual([tenantField, roles, invalidates], ['tenant_id', ['writer'], ['answers']]);
    assert.deepEqual([maxConcurrent, tenantShare, priority, cost, sunset], [23, 0.51, 'low', 5, '2027-06-30']);
    assert.deepEqual(retries, { max: 1, on: [503], budget: 0.21 });
    assert.deepEqual(fanOut, { oracle: 12 });
    assert.deepEqual(route('/v1/rules')?.cache, { use: 'rules', tags: ['answers'], by: ['user'], methods: ['GET'] });
    assert.deepEqual(route('/v1/socket')?.websocket, {
      enabled: true,
      maxConnectionsPerTenant: 24,
      pingIntervalMs: 25_000,
    });
    assert.deepEqual(Object.keys(route('/v1/signed') ?? {}).length, 12);
    const { balance, health, breaker } = policy.upstreams['api'] ?? assert.fail();
    assert.deepEqual(breaker, { consecutiveFailures: 8, openMs: 33_000, halfOpenProbes: 1 });
    assert.deepEqual([balance, health?.unhealthyAfter, health?.ejectMs], ['least-connections', 4, 18_000]);
  });

  it('holds limits by tier, and ones that only count', () => {
    const limit = policy.limits['tenant-tenant'];
    assert.equal(limit?.dryRun, true);
    assert.deepEqual(limit?.variants, { professional: { requests: 600, periodMs: 60_000, capacity: 20 } });
  });

  it('holds what stands at the ports and what the runtime tells the world', () => {
    assert.deepEqual(policy.tls, {
      certFile: 'certs/a.pem',
      keyFile: 'certs/b.pem',
      minVersion: 'TLSv1.3',
      clientCaFile: 'certs/c.pem',
    });
    assert.equal(policy.limitFields, 'draft-and-legacy');
    const { traces, errors, logLevel, slowMs, metrics } = policy.telemetry;
    assert.deepEqual([errors, logLevel, slowMs, metrics], [{ dsnEnv: 'SENTRY_DSN' }, 'warn', 1700, true]);
    assert.deepEqual(traces, {
      serviceName: 'harbour-3.0',
      endpointEnv: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      endpoint: 'http://localhost:4317',
      protocol: 'grpc',
      sampleRatio: 0.07,
      enabled: true,
    });
    const { pool, replica } = policy.storage.database;
    assert.deepEqual([pool?.max, replica], [6, { env: 'REPLICA_URL', maxLagMs: 6000 }]);
  });

  it('asks the environment for every required secret, and for what the document adds', () => {
    assert.deepEqual(policy.variables, [
      { name: 'GATEWAY_DATABASE_URL', required: true, format: 'text', onProblem: 'refuse' },
      { name: 'ORACLE_TOKEN', required: true, format: 'text', onProblem: 'refuse' },
      {
        name: 'API_KEY',
        required: false,
        format: 'text',
        minBytes: 32,
        forbidden: ['dev-api-key'],
        onProblem: 'warn',
        unless: { name: 'TENANT_STORE', value: 'database' },
      },
    ]);
  });

  it('lets variables replace only values that are there', () => {
    const overrides = policy.overrides ?? [];
    assert.equal(overrides.length, 11);
    for (const { env, pointer } of overrides)
      assert.notEqual(follow(policy, pointer), undefined, `${env} replaces nothing at ${pointer}`);
  });
});

function follow(policy: RuntimePolicy, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
      policy,
    );
}
