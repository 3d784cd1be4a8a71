/**
 * The runtime as the benchmark measures it: with a policy that asks for nothing, for one thing, or for everything at once.
 *
 * Everything on: an API key, three limits that never refuse (client, key, route), trusted proxies, CORS, security headers,
 * metrics, and a log line for each request, written the way the program does.
 */
import { openSync } from 'node:fs';
import { createRuntime } from '../../runtime/process/create-runtime.ts';
import { loadPolicy } from '../../runtime/process/load-policy.ts';
import { openLogDestination } from '../../runtime/telemetry/open-log-destination.ts';
import type { Limit, Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import {
  EXPOSED_FIELDS,
  KEY_FIELD,
  LATENCY_BUCKETS_MS,
  ORIGIN,
  PREFLIGHT_SECONDS,
  SECURITY_HEADERS,
  WINDOW_MS,
} from './stacks/policies.ts';
import type { Subject, Surroundings } from './subject-kinds.ts';

/** What is asked for; what is left out is off. */
export interface Features {
  readonly key?: boolean;
  readonly limits?: 1 | 3;
  readonly metrics?: boolean;
  readonly log?: boolean;
  /** What an edge would do: trusted proxies, CORS, security headers. */
  readonly edge?: boolean;
  /** Share of traces. */
  readonly traces?: number;
  readonly redis?: boolean;
}

export async function startGateway(around: Surroundings, features: Features): Promise<Subject> {
  const loaded = loadPolicy(JSON.stringify(benchPolicy(around, features)));
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  const env = { COLLECTOR: around.collector, REDIS_URL: around.redis };
  const runtime = createRuntime({ ...loaded, env, log: openLogDestination(openSync(around.log, 'w')) });
  const started = await runtime.start();
  if (started.kind === 'refused') throw new Error(started.reasons.join('\n'));
  const port = Number(new URL(started.url).port);
  const key = await runtime.issueApiKey({ label: 'bench', tenant: 'bench' });
  const subject = { port, metrics: `${started.adminUrl}/metrics` };
  return key === undefined ? subject : { ...subject, key: key.text };
}

const KEYED: readonly Limit['per'][] = ['client', 'api-key', 'route'];
// Without a key, by what is known of everybody.
const KEYLESS: readonly Limit['per'][] = ['client', 'route', 'global'];

function limitsOf(keys: readonly Limit['per'][], budget: number): RuntimePolicy['limits'] {
  const shared = {
    requests: budget,
    periodMs: WINDOW_MS,
    capacity: budget,
    status: 429,
    onStoreFailure: 'local',
  } as const;
  return Object.fromEntries(keys.map((per) => [per, { per, ...shared }]));
}

/** What a policy takes from its surroundings. */
type PolicyPlace = Pick<Surroundings, 'upstream' | 'budget'>;

export function benchPolicy({ upstream, budget }: PolicyPlace, features: Features): RuntimePolicy {
  const limits = limitsOf(features.key === true ? KEYED : KEYLESS, budget);
  const route: Route = {
    id: 'items',
    path: '/v1/items',
    match: 'prefix',
    methods: ['GET'],
    kind: 'http',
    upstream: 'main',
    auth: features.key === true ? 'api-key' : 'none',
    limits: Object.keys(limits).slice(0, features.limits ?? 0),
    timeoutMs: 5_000,
    idleTimeoutMs: 5_000,
    bodyLimitBytes: 1_000_000,
    cors: features.edge === true,
  };
  return {
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind: 'RuntimePolicy',
    system: 'bench',
    environment: 'bench',
    stage: 'development',
    listen: { host: '127.0.0.1', port: 0 },
    admin: { host: '127.0.0.1', port: 0 },
    ...edge(features.edge === true),
    auth: {
      apiKeys: {
        header: KEY_FIELD,
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
    limits,
    routes: [route],
    health: { live: '/health', ready: '/ready', dependencies: [] },
    shutdown: { drainDelayMs: 0, drainTimeoutMs: 1_000 },
    telemetry: telemetry(features),
    storage: {
      database: { kind: 'postgresql', env: 'DATABASE_URL', embedded: 'allowed' },
      counters: features.redis === true ? { kind: 'redis', env: 'REDIS_URL' } : { kind: 'memory' },
      replicas: 1,
    },
  };
}

function edge(isOn: boolean): Pick<RuntimePolicy, 'trust' | 'cors' | 'securityHeaders'> {
  return {
    trust: { proxyCidrs: isOn ? ['10.0.0.0/8'] : [] },
    cors: {
      owner: isOn ? 'runtime' : 'edge',
      origins: [ORIGIN],
      methods: ['GET'],
      headers: [KEY_FIELD],
      exposedHeaders: EXPOSED_FIELDS,
      credentials: false,
      maxAgeSeconds: PREFLIGHT_SECONDS,
    },
    securityHeaders: isOn ? { owner: 'runtime', headers: SECURITY_HEADERS } : { owner: 'edge', headers: {} },
  };
}

function telemetry({ metrics, log, traces }: Features): RuntimePolicy['telemetry'] {
  return {
    latencyBucketsMs: LATENCY_BUCKETS_MS,
    routeLabels: true,
    logLevel: log === true ? 'info' : 'warn',
    metrics: metrics === true,
    traces: {
      serviceName: 'bench',
      endpointEnv: 'COLLECTOR',
      protocol: 'http/protobuf',
      sampleRatio: traces ?? 0,
      enabled: traces !== undefined,
    },
  };
}
