/**
 * One policy, ready to serve.
 *
 * Owns nothing that outlives the policy: state (counters, keys, connections, metrics) is in the foundation, which a reload
 * hands to the next engine. Requests in flight end in the engine that took them.
 */
import type { RequestListener } from 'node:http';
import type { UnenforcedFeature } from '../schemas/metrics.ts';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { createApp } from './create-app.ts';
import type { Foundation } from './foundation.ts';
import { createDependencyProbe } from './lifecycle/probe-dependency.ts';
import { createReadiness, type Readiness } from './lifecycle/readiness.ts';
import { parseRanges } from './policies/client-address.ts';
import { providerBreakers } from './providers/provider-breakers.ts';
import { listUnenforced } from './unenforced.ts';

/** A policy that `loadPolicy` accepted, and the digest of its file. */
export interface LoadedPolicy {
  readonly policy: RuntimePolicy;
  readonly digest: string;
}

export interface Engine extends LoadedPolicy {
  readonly readiness: Readiness;
  readonly unenforced: ReadonlyMap<UnenforcedFeature, number>;
  readonly handle: RequestListener;
}

export function createEngine(foundation: Foundation, { policy, digest }: LoadedPolicy): Engine {
  const { env, phase, clock, log, identity } = foundation;
  const readiness = createReadiness({
    dependencies: policy.health.dependencies,
    probe: createDependencyProbe({
      policy,
      env,
      askStorage: () => identity?.query('select 1') ?? Promise.reject(new Error('no storage')),
    }),
    phase,
    clock,
    onChange: ({ name, up }) => log[up ? 'info' : 'warn']({ dependency: name, up }, 'dependency changed'),
  });
  foundation.breakers.use('provider', providerBreakers(policy));
  foundation.upstreams.use(policy);
  foundation.traces.use(digest);
  const app = createApp({
    ...foundation,
    tracer: foundation.traces.tracer,
    policy,
    digest,
    proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
    keys: identity?.keys,
    readiness,
  });
  return { policy, digest, readiness, unenforced: listUnenforced(policy), handle: app.callback() };
}
