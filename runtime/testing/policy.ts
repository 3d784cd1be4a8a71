/**
 * A policy for tests: complete, small, all ports free, every figure different. Each test changes one thing.
 */
import { noteOwn } from '../../compiler/testing/evidence.ts';
import type { Cache, Limit, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export function testRoute(change: Partial<Route> = {}): Route {
  return {
    id: 'items',
    path: '/v1/items',
    match: 'prefix',
    methods: ['GET', 'POST'],
    kind: 'http',
    upstream: 'main',
    auth: 'none',
    limits: [],
    timeoutMs: 3_000,
    idleTimeoutMs: 4_000,
    bodyLimitBytes: 1_000_000,
    cors: false,
    ...change,
  };
}

export function testLimit(change: Partial<Limit> = {}): Limit {
  return { per: 'client', requests: 7, periodMs: 1_000, capacity: 3, status: 429, onStoreFailure: 'local', ...change };
}

export function testCache(change: Partial<Cache> = {}): Cache {
  return {
    store: 'memory',
    ttlMs: 60_000,
    maxEntries: 23,
    maxBytes: 1_048_576,
    maxEntryBytes: 65_536,
    staleIfErrorMs: 0,
    ...change,
  };
}

export function testCacheUse(change: Partial<NonNullable<Route['cache']>> = {}): NonNullable<Route['cache']> {
  return { use: 'rules', tags: ['rules'], by: [], methods: ['GET'], ...change };
}

export function testPolicy(change: Partial<RuntimePolicy> = {}): RuntimePolicy {
  noteOwn();
  return {
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind: 'RuntimePolicy',
    system: 'harbour',
    environment: 'test',
    stage: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    trust: { proxyCidrs: [] },
    cors: {
      owner: 'runtime',
      origins: ['https://app.example.com'],
      methods: ['GET', 'POST'],
      headers: ['content-type', 'x-api-key'],
      exposedHeaders: ['ratelimit'],
      credentials: false,
      maxAgeSeconds: 601,
    },
    securityHeaders: { owner: 'runtime', headers: { 'x-content-type-options': 'nosniff' } },
    auth: {
      apiKeys: {
        header: 'x-api-key',
        prefix: 'harbour_test',
        pepperEnv: 'API_KEY_PEPPER',
        cacheTtlMs: 30_000,
        maxStaleMs: 900_000,
      },
      admin: { env: 'ADMIN_API_KEY' },
    },
    upstreams: { main: testUpstream('http://127.0.0.1:9') },
    providers: {},
    limits: {},
    routes: [testRoute()],
    health: { live: '/health', ready: '/ready', dependencies: [] },
    shutdown: { drainDelayMs: 0, drainTimeoutMs: 2_000 },
    telemetry: { latencyBucketsMs: [5, 10, 50, 250, 1_000], routeLabels: true, logLevel: 'info' },
    storage: {
      database: { kind: 'postgresql', env: 'DATABASE_URL', embedded: 'allowed' },
      counters: { kind: 'memory' },
      replicas: 1,
    },
    ...change,
  };
}

export function testUpstream(...targets: string[]): RuntimePolicy['upstreams'][string] {
  return { targets, connectTimeoutMs: 1_000, headersTimeoutMs: 5_000, maxConnections: 17, keepAliveMs: 3_000 };
}
