/**
 * The gateway as one object: everything is made here, started in order and stopped in reverse.
 *
 * Owns the wiring and the life cycle; reads neither files nor the environment of the process, both are handed in, so
 * that a test or `seaworthy serve` can run several side by side.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Listen, RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { createAdminServer } from './admin/create-admin-server.ts';
import { createApp } from './create-app.ts';
import { createGatewayServer } from './create-server.ts';
import type { IssuedApiKey } from './identity/issue-api-key.ts';
import type { NewKey } from './identity/key-records.ts';
import { type Identity, openIdentity } from './identity/open-identity.ts';
import { readAdminToken } from './identity/read-admin-token.ts';
import { drain } from './lifecycle/drain.ts';
import { createPhase } from './lifecycle/phase.ts';
import { createDependencyProbe } from './lifecycle/probe-dependency.ts';
import { createReadiness } from './lifecycle/readiness.ts';
import { createUpstreams } from './middleware/proxy/upstreams.ts';
import { parseRanges } from './policies/client-address.ts';
import { type Clock, systemClock } from './policies/clock.ts';
import { createMemoryLimitStore } from './policies/limit-store.ts';
import type { StorageEvent } from './storage/open-storage.ts';
import { createAccessLog, createLog, describeError } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { INSTEAD, listUnenforced } from './unenforced.ts';
import { VERSION } from './version.ts';

export interface RuntimeOptions {
  /** A policy that `loadPolicy` accepted. */
  readonly policy: RuntimePolicy;
  readonly digest: string;
  /** Values of the environment variables that the policy names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the embedded database persists. Default: in memory. */
  readonly dataDirectory?: string;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. */
  readonly log: { write(line: string): void };
}

export type StartResult =
  | { readonly kind: 'started'; readonly url: string; readonly adminUrl: string }
  /** The environment does not fit the policy; nothing was opened. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export interface StopReport {
  /** Requests that were cut because they outlived the drain. */
  readonly cut: number;
}

export interface Runtime {
  start(): Promise<StartResult>;
  /** Drains and stops. Calling it again gives the same answer. */
  stop(): Promise<StopReport>;
  /** Issues a key; undefined when no route of the policy needs one. Fails while the database is away. */
  issueApiKey(key: NewKey): Promise<IssuedApiKey | undefined>;
  /** Revokes a key here at once, on other replicas within `cacheTtlMs`. */
  revokeApiKey(id: string): Promise<boolean>;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { policy, digest, env, dataDirectory, clock = systemClock } = options;
  const log = createLog(policy, options.log);
  const phase = createPhase();
  const store = createMemoryLimitStore();
  const upstreams = createUpstreams(policy);
  const unenforced = listUnenforced(policy);
  let identity: Identity | undefined;
  let active = 0;
  let servers: { readonly gateway: Server; readonly admin: Server } | undefined;
  let stopping: Promise<StopReport> | undefined;

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
  const metrics = createMetrics({
    policy,
    digest,
    version: VERSION,
    unenforced,
    startedWallMs: clock.wallMs(),
    readings: {
      buckets: () => store,
      isReady: () => readiness.isReady,
      isDraining: () => phase.isStopping,
      dependencies: () => readiness.dependencies,
      process: true,
    },
  });

  async function start(): Promise<StartResult> {
    const admin = readAdminToken(policy.auth.admin.env, env[policy.auth.admin.env]);
    const opened = await openIdentity({ policy, env, dataDirectory, clock, onStorage: logStorage });
    const reasons = [opened, admin].flatMap((part) => (part.kind === 'refused' ? [part.reason] : []));
    identity = opened.kind === 'opened' ? opened.identity : undefined;
    if (reasons.length > 0) {
      await close();
      return { kind: 'refused', reasons };
    }
    sayUnenforced();
    const addresses = await openServers(admin.kind === 'token' ? admin.value : undefined);
    await identity?.firstAttempt;
    phase.ready();
    await readiness.check();
    log.info({ listening: addresses.url, admin: addresses.adminUrl, digest, version: VERSION }, 'started');
    return { kind: 'started', ...addresses };
  }

  async function openServers(adminToken: string | undefined): Promise<{ url: string; adminUrl: string }> {
    const app = createApp({
      policy,
      digest,
      clock,
      log,
      access: createAccessLog(policy, options.log),
      metrics: countActive(metrics),
      phase,
      proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
      store,
      keys: identity?.keys,
      adminToken,
      readiness,
      upstreams,
    });
    const gateway = createGatewayServer(app.callback(), metrics.refusedAtFrontDoor);
    const admin = createAdminServer({ policy, digest, unenforced, metrics, readiness, log });
    servers = { gateway, admin };
    // The operators' port opens first: while the database starts, it already says that this is not ready.
    const adminUrl = await listen(admin, policy.admin);
    return { adminUrl, url: await listen(gateway, policy.listen) };
  }

  function logStorage(event: StorageEvent): void {
    switch (event.kind) {
      case 'ready':
        log.info({ database: event.database, migrations: event.applied }, 'database ready');
        break;
      case 'away':
        log.warn(describeError(event.error), 'database away');
        break;
      case 'refused':
        log.error({ reason: event.reason }, 'database refused');
    }
  }

  function sayUnenforced(): void {
    for (const [feature, count] of unenforced) {
      log.warn(
        { feature, count, instead: INSTEAD[feature] },
        'declared in the policy and not enforced by this release',
      );
    }
  }

  function countActive(inner: typeof metrics): typeof metrics {
    return {
      ...inner,
      requestStarted() {
        active += 1;
        inner.requestStarted();
      },
      requestEnded(method, route, status, ms) {
        active -= 1;
        inner.requestEnded(method, route, status, ms);
      },
    };
  }

  async function stopOnce(): Promise<StopReport> {
    const { drainDelayMs, drainTimeoutMs } = policy.shutdown;
    let report: StopReport = { cut: 0 };
    if (servers !== undefined) {
      log.info({ active, drain_delay_ms: drainDelayMs, drain_timeout_ms: drainTimeoutMs }, 'draining');
      report = await drain({
        server: servers.gateway,
        phase,
        drainDelayMs,
        drainTimeoutMs,
        activeRequests: () => active,
      });
      await closeNow(servers.admin);
    }
    await close();
    log.info({ cut: report.cut }, 'stopped');
    return report;
  }

  async function close(): Promise<void> {
    await upstreams.close();
    await identity?.close();
  }

  return {
    start,
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
    issueApiKey: async (key) => identity?.issue(key),
    revokeApiKey: async (id) => (await identity?.revoke(id)) ?? false,
  };
}

function listen(server: Server, { host, port }: Listen): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(formatAddress(server.address()));
    });
  });
}

function formatAddress(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function closeNow(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
