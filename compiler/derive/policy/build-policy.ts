/**
 * The runtime policy of a model: the JSON that the runtime enforces, as data and as text.
 *
 * Owns the order of the parts and the figures that no spec field states (schema defaults, written out because the runtime has none).
 * Relies on the model being checked: what the policy cannot hold is left out here, and never bent into something else.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { CLOSING_MS } from '../../../schemas/shutdown.ts';
import { printJson } from '../../printers/json.ts';
import type { Model, RuntimeFeaturesModel, ServiceModel } from '../../resolve/model/index.ts';
import { buildOverrides, buildVariables } from './environment.ts';
import { buildCors, buildSecurityHeaders } from './headers.ts';
import { buildHealth } from './health.ts';
import { buildAuth } from './identity.ts';
import { buildLimits } from './limits.ts';
import { buildObjectives } from './objectives.ts';
import {
  adminAddress,
  egressAddress,
  gatewayOf,
  listenAddress,
  trustedNetworks,
  wantsContainers,
} from './placement.ts';
import { buildProviders } from './providers.ts';
import { policyRoutes } from './routes.ts';
import { buildStorage } from './storage.ts';
import { buildBackups, buildCaches, buildQueues } from './stores.ts';
import { buildTelemetry } from './telemetry.ts';
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
    securityHeaders: buildSecurityHeaders(model),
    auth: buildAuth(model),
    upstreams: buildUpstreams(model),
    providers: buildProviders(model),
    limits: buildLimits(model),
    routes: policyRoutes(model).map((route) => route.policy),
    health: buildHealth(model),
    shutdown: buildShutdown(model, gateway),
    telemetry: buildTelemetry(model),
    storage: buildStorage(model),
    caches: buildCaches(model),
    queues: buildQueues(model),
    backups: buildBackups(model),
    objectives: buildObjectives(model),
    variables: buildVariables(model),
    overrides: buildOverrides(model),
    ...buildFront(model, gateway?.runtime),
  };
}

/** Prints a policy the way it is written to `runtime/policy.json` and mounted into the cluster: sorted, two spaces, final newline. */
export const printRuntimePolicy = (policy: RuntimePolicy): string => printJson(policy);

/** What stands at the ports, where the gateway's document asks for it. */
function buildFront(
  model: Model,
  runtime: RuntimeFeaturesModel | undefined,
): Pick<RuntimePolicy, 'egress' | 'tls' | 'limitFields'> {
  if (runtime === undefined) return {};
  const { tls, limitFields } = runtime;
  const egress = egressAddress(model);
  return {
    limitFields,
    ...(egress === undefined ? {} : { egress }),
    ...(tls === undefined
      ? {}
      : {
          tls: {
            certFile: tls.cert,
            keyFile: tls.key,
            minVersion: `TLSv${tls.minVersion}` as const,
            ...(tls.clientCa === undefined ? {} : { clientCaFile: tls.clientCa }),
          },
        }),
  };
}

// A pod sleeps `preStop` before SIGTERM; a process on a host gets the signal at once and has to wait by itself.
function buildShutdown(model: Model, gateway: ServiceModel | undefined): RuntimePolicy['shutdown'] {
  if (gateway === undefined) return { drainDelayMs: 10_000, drainTimeoutMs: 20_000 };
  const { preStop, drain } = gateway.shutdown;
  // What closes after the drain is part of it; workload/drain-covers-closing keeps it from being longer.
  return { drainDelayMs: wantsContainers(model) ? 0 : preStop, drainTimeoutMs: Math.max(0, drain - CLOSING_MS) };
}
