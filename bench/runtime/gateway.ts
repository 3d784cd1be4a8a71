/**
 * The runtime as the benchmark measures it: with a policy that asks for nothing, or for everything at once.
 *
 * Everything on: an API key, three limits that never refuse (client, key, route), CORS, security headers, metrics, and
 * an access log line for each request. Both forms log the way the program does, into a file that holds nothing.
 */
import { openSync } from 'node:fs';
import { createRuntime } from '../../runtime/create-runtime.ts';
import { loadPolicy } from '../../runtime/load-policy.ts';
import { openLogDestination } from '../../runtime/telemetry/open-log-destination.ts';
import type { Limit, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Subject } from './subjects.ts';

export async function startGateway(upstream: string, form: 'plain' | 'full'): Promise<Subject> {
  const loaded = loadPolicy(JSON.stringify(benchPolicy(upstream, form)));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  const runtime = createRuntime({ ...loaded, env: {}, log: openLogDestination(openSync('/dev/null', 'w')) });
  const started = await runtime.start();
  if (started.kind === 'refused') throw new Error(started.reasons.join('\n'));
  const port = Number(new URL(started.url).port);
  const key = await runtime.issueApiKey({ label: 'bench', tenant: 'bench' });
  return key === undefined ? { port } : { port, key: key.text };
}

const limit = (scope: Limit['scope']): Limit => ({
  scope,
  requests: 1_000_000,
  perMs: 1_000,
  burst: 1_000_000,
  status: 429,
  onStoreFailure: 'local',
});

function benchPolicy(upstream: string, form: 'plain' | 'full'): RuntimePolicy {
  const isFull = form === 'full';
  const route: Route = {
    id: 'items',
    path: '/v1/items',
    match: 'prefix',
    methods: ['GET'],
    kind: 'http',
    upstream: 'main',
    auth: isFull ? 'api-key' : 'none',
    limits: isFull ? ['client', 'key', 'route'] : [],
    timeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    bodyLimitBytes: 1_000_000,
    cors: isFull,
  };
  return {
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind: 'RuntimePolicy',
    system: 'bench',
    environment: 'bench',
    stage: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    trust: { proxyCidrs: isFull ? ['10.0.0.0/8'] : [] },
    cors: {
      owner: isFull ? 'runtime' : 'edge',
      origins: ['https://app.example.com'],
      methods: ['GET'],
      headers: ['x-api-key'],
      exposedHeaders: ['ratelimit'],
      credentials: false,
      maxAgeSeconds: 600,
    },
    securityHeaders: isFull
      ? { owner: 'runtime', headers: { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } }
      : { owner: 'edge', headers: {} },
    auth: {
      apiKeys: {
        header: 'x-api-key',
        prefix: 'bench_test',
        pepperEnv: 'API_KEY_PEPPER',
        cacheTtlMs: 30_000,
        maxStaleMs: 900_000,
      },
      admin: { env: 'ADMIN_API_KEY' },
    },
    upstreams: {
      main: {
        targets: [upstream],
        connectTimeoutMs: 1_000,
        headersTimeoutMs: 5_000,
        maxConnections: 128,
        keepAliveMs: 30_000,
      },
    },
    providers: {},
    limits: isFull ? { client: limit('client'), key: limit('api-key'), route: limit('route') } : {},
    routes: [route],
    health: { live: '/health', ready: '/ready', dependencies: [] },
    shutdown: { drainDelayMs: 0, drainTimeoutMs: 1_000 },
    telemetry: {
      latencyBucketsMs: [5, 10, 25, 50, 100, 250, 500, 1_000],
      routeLabels: true,
      logLevel: isFull ? 'info' : 'warn',
    },
    storage: {
      database: { kind: 'postgresql', env: 'DATABASE_URL', embedded: 'allowed' },
      counters: { kind: 'memory' },
      replicas: 1,
    },
  };
}
