/**
 * The runtime policy of a model: the JSON that the runtime enforces, as data and as text.
 *
 * Owns the order of the parts and the figures that no spec field states (schema defaults, written out because the runtime has none).
 * Relies on the model being checked: what the policy cannot hold is left out here, and never bent into something else.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { printJson } from '../../printers/json.ts';
import type { EnvironmentModel, Model, ServiceModel } from '../../resolve/model/index.ts';
import { API_KEY_HEADER, buildCors, buildSecurityHeaders } from './headers.ts';
import { buildHealth } from './health.ts';
import { latencyBuckets } from './latency-buckets.ts';
import { buildLimits } from './limits.ts';
import { adminAddress, gatewayOf, listenAddress, trustedNetworks, wantsContainers } from './placement.ts';
import { buildProviders } from './providers.ts';
import { policyRoutes } from './routes.ts';
import { buildStorage } from './storage.ts';
import { buildUpstreams } from './upstreams.ts';

/** Builds the policy of the whole system in its environment. Equal models give equal policies. */
export function buildRuntimePolicy(model: Model): RuntimePolicy {
  const gateway = gatewayOf(model);
  return {
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind: 'RuntimePolicy',
    system: model.system.name,
    environment: model.environment.name,
    stage: model.environment.stage,
    listen: listenAddress(model),
    admin: adminAddress(model),
    trust: { proxyCidrs: trustedNetworks(model) },
    cors: buildCors(model),
    securityHeaders: buildSecurityHeaders(model.environment),
    auth: {
      apiKeys: {
        header: API_KEY_HEADER,
        prefix: keyPrefix(model.system.name, model.environment),
        pepperEnv: 'API_KEY_PEPPER',
        cacheTtlMs: 30_000,
        maxStaleMs: 900_000,
      },
      admin: { env: 'ADMIN_API_KEY' },
    },
    upstreams: buildUpstreams(model),
    providers: buildProviders(model.providers),
    limits: buildLimits(model),
    routes: policyRoutes(model).map((route) => route.policy),
    health: buildHealth(model),
    shutdown: buildShutdown(model, gateway),
    telemetry: { latencyBucketsMs: latencyBuckets(model.services), routeLabels: true, logLevel: 'info' },
    storage: buildStorage(model),
  };
}

/** Prints a policy the way it is written to `runtime/policy.json` and mounted into the cluster: sorted, two spaces, final newline. */
export const printRuntimePolicy = (policy: RuntimePolicy): string => printJson(policy);

/** Brand and environment, so that a key of staging is refused in production without a look-up. */
function keyPrefix(system: string, environment: EnvironmentModel): string {
  const part = (text: string) =>
    text
      .replaceAll(/[^a-z0-9]/g, '')
      .slice(0, 16)
      .padEnd(2, '0');
  return `${part(system)}_${part(environment.name)}`;
}

// A pod sleeps `preStop` before SIGTERM; a process on a host gets the signal at once and has to wait by itself.
function buildShutdown(model: Model, gateway: ServiceModel | undefined): RuntimePolicy['shutdown'] {
  if (gateway === undefined) return { drainDelayMs: 10_000, drainTimeoutMs: 20_000 };
  const { preStop, drain } = gateway.shutdown;
  return { drainDelayMs: wantsContainers(model) ? 0 : preStop, drainTimeoutMs: drain };
}
