/**
 * The runtime policy of a model: the JSON that the runtime enforces, with marks, as data and as text.
 *
 * Owns the parts of the policy and the figures that no spec field states (schema defaults, written out because the runtime has none).
 * Relies on the model being checked: what the policy cannot hold is left out here, and never bent into something else.
 */
import type { Listen, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { CLOSING_MS } from '../../../schemas/shutdown.ts';
import { claim, field, from, type Marked, unmark } from '../../marks.ts';
import { printJson } from '../../printers/json.ts';
import type { Model, RuntimeTlsModel, ServiceModel } from '../../resolve/model/index.ts';
import { draftOverrides, draftVariables } from './environment.ts';
import { draftCors, draftSecurityHeaders } from './headers.ts';
import { draftHealth } from './health.ts';
import { draftAuth } from './identity.ts';
import { draftLimits } from './limits.ts';
import { draftObjectives } from './objectives.ts';
import {
  adminAddress,
  egressAddress,
  gatewayOf,
  listenAddress,
  trustedNetworks,
  wantsContainers,
} from './placement.ts';
import { draftProviders } from './providers.ts';
import { policyRoutes } from './routes.ts';
import { draftStorage } from './storage.ts';
import { draftBackups, draftCaches, draftQueues } from './stores.ts';
import { draftTelemetry } from './telemetry.ts';
import { draftUpstreams } from './upstreams.ts';

/** Builds the policy of the whole system in its environment, as data. Equal models give equal policies. */
export const buildRuntimePolicy = (model: Model): RuntimePolicy => unmark<RuntimePolicy>(draftRuntimePolicy(model));

/** The same with marks: where each value came from, and what it realises. */
export function draftRuntimePolicy(model: Model): Marked<RuntimePolicy> {
  const { system, environment } = model;
  const gateway = gatewayOf(model);
  return {
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind: 'RuntimePolicy',
    system: field(system, 'name'),
    environment: field(environment, 'name'),
    stage: field(environment, 'stage'),
    listen: draftListen(model, gateway),
    admin: draftAdmin(model, gateway),
    trust: { proxyCidrs: from(environment.origin.of('trustedProxies'), trustedNetworks(model)) },
    cors: draftCors(model),
    securityHeaders: draftSecurityHeaders(model),
    auth: draftAuth(model),
    upstreams: draftUpstreams(model),
    providers: draftProviders(model),
    limits: draftLimits(model),
    routes: policyRoutes(model).map((route) => route.policy),
    health: draftHealth(model),
    shutdown: draftShutdown(model, gateway),
    telemetry: draftTelemetry(model),
    storage: draftStorage(model),
    caches: draftCaches(model),
    queues: draftQueues(model),
    backups: draftBackups(model),
    objectives: draftObjectives(model),
    variables: draftVariables(model),
    overrides: draftOverrides(model),
    egress: draftEgress(model, gateway),
    tls: gateway?.runtime?.tls && draftTls(gateway.runtime.tls),
    limitFields: gateway?.runtime && field(gateway.runtime, 'limitFields'),
  };
}

/** Prints a policy the way it is written to `runtime/policy.json` and mounted into the cluster: sorted, two spaces, final newline. */
export const printRuntimePolicy = (policy: RuntimePolicy): string => printJson(policy);

/** Which address a port is bound to follows from where the system runs. */
const placed = ({ system }: Model, host: string): Marked<string> => from(system.targets.origin.of('wanted'), host);

function draftListen(model: Model, gateway: ServiceModel | undefined): Marked<Listen> {
  const { host, port } = listenAddress(model);
  return {
    host: placed(model, host),
    port: gateway === undefined ? port : from(gateway.origin.of('port'), port),
    keepAliveMs: gateway && field(gateway, 'keepAliveTimeout'),
  };
}

function draftAdmin(model: Model, gateway: ServiceModel | undefined): Marked<Listen> {
  const { host, port } = adminAddress(model);
  return {
    host: placed(model, host),
    port: gateway === undefined ? port : from(gateway.metrics.origin.of('port'), port),
  };
}

function draftEgress(model: Model, gateway: ServiceModel | undefined): Marked<RuntimePolicy['egress']> {
  const address = egressAddress(model);
  const origin = gateway?.runtime?.origin;
  return address && origin && { host: placed(model, address.host), port: from(origin.of('egress'), address.port) };
}

const draftTls = (tls: RuntimeTlsModel): Marked<RuntimePolicy['tls']> => ({
  certFile: field(tls, 'cert'),
  keyFile: field(tls, 'key'),
  minVersion: from(tls.origin.of('minVersion'), `TLSv${tls.minVersion}` as const),
  clientCaFile: field(tls, 'clientCa'),
});

// A pod sleeps `preStop` before SIGTERM; a process on a host gets the signal at once and has to wait by itself.
function draftShutdown(model: Model, gateway: ServiceModel | undefined): Marked<RuntimePolicy['shutdown']> {
  if (gateway === undefined) return { drainDelayMs: 10_000, drainTimeoutMs: 20_000 };
  const { preStop, drain, origin } = gateway.shutdown;
  const drainDelayMs = wantsContainers(model) ? 0 : preStop;
  // What closes after the drain is part of it; workload/drain-covers-closing keeps it from being longer.
  const drainTimeoutMs = Math.max(0, drain - CLOSING_MS);
  return claim(
    'workload/graceful-shutdown',
    `service/${gateway.name}`,
    { drainDelayMs, drainTimeoutMs },
    {
      drainDelayMs: from(origin.of('preStop'), drainDelayMs),
      drainTimeoutMs: from(origin.of('drain'), drainTimeoutMs),
    },
  );
}
