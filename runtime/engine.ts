/**
 * One policy, ready to serve.
 *
 * Owns nothing that outlives the policy: state (counters, keys, connections, metrics) is in the foundation, which a reload
 * hands to the next engine. Requests in flight end in the engine that took them.
 */
import type { RequestListener } from 'node:http';
import type { UnenforcedFeature } from '../schemas/metrics.ts';
import { createApp } from './create-app.ts';
import type { Foundation } from './foundation.ts';
import { createDependencyProbe } from './lifecycle/probe-dependency.ts';
import { createReadiness, type Readiness } from './lifecycle/readiness.ts';
import type { PolicyInForce } from './lifecycle/reloader.ts';
import { parseRanges } from './policies/client-address.ts';
import { providerBreakers } from './providers/provider-breakers.ts';
import { listUnenforced } from './unenforced.ts';

export interface Engine extends PolicyInForce {
  readonly readiness: Readiness;
  readonly unenforced: ReadonlyMap<UnenforcedFeature, number>;
  readonly handle: RequestListener;
}

export function createEngine(foundation: Foundation, { policy, digest, overrides }: PolicyInForce): Engine {
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
  foundation.setLogLevel(policy.telemetry.logLevel);
  foundation.breakers.use('provider', providerBreakers(policy));
  foundation.upstreams.use(policy);
  foundation.traces.use(digest);
  identity?.use(policy);
  const app = createApp({
    ...foundation,
    tracer: foundation.traces.tracer,
    policy,
    digest,
    proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
    keys: identity?.keys,
    readiness,
  });
  return { policy, digest, overrides, readiness, unenforced: listUnenforced(policy), handle: app.callback() };
}
