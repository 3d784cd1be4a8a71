/**
 * What a running gateway keeps while its policy changes: state, connections, instruments.
 *
 * Opened once at start and closed once at the end. A part of the runtime that holds state adds itself here; what it must
 * know of a policy it is told by the snapshot.
 */

import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { type AuditTrail, createAuditTrail } from '../admin/audit/audit-trail.ts';
import type { Environment } from '../environment/environment.ts';
import { exportIdentity } from '../features/identity/identity-metrics.ts';
import { type Identity, openIdentity } from '../features/identity/open-identity.ts';
import { readAdminToken } from '../features/identity/read-admin-token.ts';
import type { Phase } from '../http/phase.ts';
import { createTlsFiles, type TlsFiles, type TlsPaths } from '../http/tls-files.ts';
import { type Breakers, createBreakers } from '../proxy/breakers.ts';
import { createUpstreamMetrics, type UpstreamMetrics } from '../proxy/upstream-metrics.ts';
import { createUpstreams, type Upstreams } from '../proxy/upstreams.ts';
import { createStreamMetrics, type StreamMetrics } from '../proxy/websocket/stream-metrics.ts';
import { createTunnels, type Tunnels } from '../proxy/websocket/tunnels.ts';
import type { Clock } from '../resilience/clock.ts';
import { logStorage } from '../storage/postgres/log-storage.ts';
import { openRedis, type SharedRedis } from '../storage/redis/open-redis.ts';
import { planRedis, type RedisAddress } from '../storage/redis/plan-redis.ts';
import { exportRedis } from '../storage/redis/redis-metrics.ts';
import { type AccessLog, createAccessLog } from '../telemetry/access-log.ts';
import type { BugReports } from '../telemetry/errors/bug-reports.ts';
import { createLog, describeError, type Log } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { createObjectiveMeter, type ObjectiveMeter } from '../telemetry/objective-meter.ts';
import { type LogDestination, openTelemetry, type Traces } from '../telemetry/open-telemetry.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';
import type { StartSdk } from '../telemetry/sdk.ts';
import { closeAll } from './close-all.ts';
import { createFeatureSet, type FeatureSet } from './feature-set.ts';
import { checkTlsFiles } from './gateway-tls.ts';

export interface Resources {
  /** Values of the environment variables that the policy names. */
  readonly env: Environment;
  readonly clock: Clock;
  readonly phase: Phase;
  readonly log: Log;
  readonly access: AccessLog;
  setLogLevel(level: RuntimePolicy['telemetry']['logLevel']): void;
  readonly registry: MetricRegistry;
  readonly traces: Traces;
  readonly bugs: BugReports;
  readonly metrics: Metrics;
  readonly objectives: ObjectiveMeter;
  /** Undefined unless the policy counts in Redis. */
  readonly redis: SharedRedis | undefined;
  readonly breakers: Breakers;
  /** What the policy asks for beyond the path of every request. */
  readonly features: FeatureSet;
  readonly upstreams: Upstreams;
  readonly upstreamMetrics: UpstreamMetrics;
  /** Tunnels and event streams, counted. */
  readonly streams: StreamMetrics;
  readonly tunnels: Tunnels;
  readonly tlsFiles: TlsFiles;
  /** Undefined when no route needs keys. */
  readonly identity: Identity | undefined;
  readonly audit: AuditTrail;
  /** Undefined when the administrator has no credential: then there is no administration. */
  readonly adminToken: string | undefined;
  close(): Promise<void>;
}

export interface ResourceOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly dataDirectory: string | undefined;
  readonly clock: Clock;
  readonly phase: Phase;
  readonly destination: LogDestination;
  /** Undefined: the process has no OpenTelemetry SDK. */
  readonly startSdk: StartSdk | undefined;
}

export type OpenedResources =
  | { readonly kind: 'opened'; readonly resources: Resources }
  /** The environment does not fit the policy; nothing is left open. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export async function openResources(options: ResourceOptions): Promise<OpenedResources> {
  const { policy, env, dataDirectory, clock, phase, destination, startSdk } = options;
  const log = createLog(policy, destination);
  const admin = readAdminToken(policy.auth.admin.env, env[policy.auth.admin.env]);
  const telemetry = await openTelemetry({ policy, env, clock, log, destination, startSdk });
  if (telemetry.kind === 'refused') return telemetry;
  const { registry, traces, bugs } = telemetry;
  const audit = createAuditTrail({ clock, log, registry });
  const opened = await openIdentity({
    policy,
    env,
    dataDirectory,
    clock,
    onStorage: (event) => logStorage(log, event),
    audit: audit.record,
    warn: (message) => log.warn(message),
  });
  const plan = planRedis(policy, env);
  const reasons = [
    ...[opened, admin, plan].flatMap((part) => (part.kind === 'refused' ? [part.reason] : [])),
    ...checkTlsFiles(policy),
  ];
  const identity = opened.kind === 'opened' ? opened.identity : undefined;
  if (reasons.length > 0) {
    await identity?.close();
    await telemetry.close();
    return { kind: 'refused', reasons };
  }
  if (identity !== undefined) {
    exportIdentity(registry, identity.state);
    audit.persistIn(identity.query);
  }
  const redis = plan.kind === 'redis' ? connectRedis(policy, plan, log) : undefined;
  if (redis !== undefined) exportRedis(registry, redis);
  const tlsFiles = openTlsFiles(registry, log);
  const breakers = createBreakers({ clock, registry, log });
  const upstreamMetrics = createUpstreamMetrics(registry, Object.keys(policy.upstreams), () => upstreams.states());
  const upstreams = createUpstreams({ clock, metrics: upstreamMetrics, tls: tlsFiles, breakers });
  const query = identity?.query;
  const features = createFeatureSet({
    policy,
    env,
    clock,
    phase,
    log,
    registry,
    breakers,
    redis,
    query,
    audit: audit.record,
    loopDelayMs: undefined,
  });
  await features.prepare(policy);
  const access = createAccessLog(policy, destination);
  const resources: Resources = {
    env,
    clock,
    phase,
    log,
    access,
    setLogLevel(level) {
      log.level = level;
      access.setLevel(level);
    },
    registry,
    traces,
    bugs,
    metrics: createMetrics(registry, policy),
    objectives: createObjectiveMeter(),
    redis,
    breakers,
    features,
    upstreams,
    upstreamMetrics,
    streams: createStreamMetrics(registry),
    tunnels: createTunnels(),
    tlsFiles,
    identity,
    audit,
    adminToken: admin.kind === 'token' ? admin.value : undefined,
    // Who uses another part is closed before it: the audit before its database, all of Redis before the connection.
    close: () =>
      closeAll(log, [
        ['tls files', tlsFiles.close],
        ['upstreams', upstreams.close],
        ['features', features.close],
        ['audit', audit.close],
        ['identity', () => identity?.close()],
        ['redis', () => redis?.close()],
        ['telemetry', telemetry.close],
      ]),
  };
  return { kind: 'opened', resources };
}

function connectRedis(policy: RuntimePolicy, address: RedisAddress, log: Log): SharedRedis {
  const { counters } = policy.storage;
  return openRedis({
    address,
    prefix: `${policy.system}:${policy.environment}:`,
    commandTimeoutMs: counters.kind === 'redis' ? counters.commandTimeoutMs : undefined,
    onChange: (isUp, error) =>
      isUp ? log.info('redis connected') : log.warn(describeError(error ?? 'the connection ended'), 'redis away'),
  });
}

function openTlsFiles(registry: MetricRegistry, log: Log): TlsFiles {
  const reloads = registry.counter('tls_reloads_total', [{ result: 'taken' }, { result: 'refused' }]);
  return createTlsFiles({
    onTaken({ certFile }) {
      reloads({ result: 'taken' });
      log.info({ file: certFile }, 'certificate files taken over');
    },
    onRefused(_paths: TlsPaths, reason) {
      reloads({ result: 'refused' });
      log.error({ reason }, 'certificate files refused; the old ones stay');
    },
  });
}
