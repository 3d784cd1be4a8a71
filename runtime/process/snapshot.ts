/**
 * One policy, ready to serve.
 *
 * Owns nothing that outlives the policy: state (counters, keys, connections, metrics) is in the resources, which a reload
 * hands to the next snapshot. Requests in flight end in the snapshot that took them.
 */
import type { RequestListener } from 'node:http';
import type { Dependency, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createApp } from '../gateway/create-app.ts';
import type { AppParts } from '../gateway/parts.ts';
import { parseRanges } from '../http/client-address.ts';
import { createDependencyProbe } from '../http/health/probe-dependency.ts';
import { createReadiness, type Readiness } from '../http/health/readiness.ts';
import { upstreamBreakers } from '../proxy/upstream-breakers.ts';
import type { PolicyInForce } from './reloader.ts';
import type { Resources } from './resources.ts';
import { listUnenforced, type Unenforced } from './unenforced.ts';

export interface Snapshot extends PolicyInForce {
  readonly readiness: Readiness;
  readonly unenforced: readonly Unenforced[];
  readonly handle: RequestListener;
  /** What its requests are handled with. */
  readonly parts: AppParts;
}

export function createSnapshot(resources: Resources, { policy, digest, overrides }: PolicyInForce): Snapshot {
  const { env, phase, clock, log, identity, redis, features, metrics } = resources;
  const readiness = createReadiness({
    dependencies: withTenantStore(policy),
    probe: createDependencyProbe({
      policy,
      env,
      askStorage: (name) =>
        identity?.check(name === TENANT_STORE ? 'tenants' : 'database') ?? Promise.reject(new Error('no storage')),
      askRedis: (name) =>
        redis !== undefined && policy.storage.counters.kind === 'redis' && policy.storage.counters.env === name
          ? redis.client.ping()
          : undefined,
    }),
    phase,
    clock,
    onChange: ({ name, up }) => log[up ? 'info' : 'warn']({ dependency: name, up }, 'dependency changed'),
  });
  resources.setLogLevel(policy.telemetry.logLevel);
  resources.breakers.use('upstream', upstreamBreakers(policy));
  resources.objectives.use(policy);
  resources.upstreams.use(policy);
  resources.traces.use(digest);
  features.use(policy);
  identity?.use(policy);
  const stepParts = { policy, clock, log, metrics, isRehearsal: false };
  const parts: AppParts = {
    ...resources,
    tracer: resources.traces.tracer,
    inFrontOfProxy: (proxy) => features.respond(policy, proxy),
    stepParts: { ...stepParts, onFailedCredential: features.onFailedCredential(stepParts) },
    stepsOf: features.steps,
    policy,
    digest,
    proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
    keys: identity?.keys,
    readiness,
  };
  return {
    policy,
    digest,
    overrides,
    readiness,
    unenforced: listUnenforced(policy),
    handle: createApp(parts),
    parts,
  };
}

const TENANT_STORE = 'tenant-store';

/** Tenants in the database are a dependency of their own: their table may be broken while keys can be read. */
function withTenantStore({ auth, health }: RuntimePolicy): readonly Dependency[] {
  const storage = health.dependencies.find((dependency) => dependency.kind === 'storage');
  if (auth.tenants?.store !== 'database') return health.dependencies;
  return [
    ...health.dependencies,
    {
      name: TENANT_STORE,
      kind: 'storage',
      required: storage?.required ?? true,
      timeoutMs: storage?.timeoutMs ?? 1_000,
    },
  ];
}
