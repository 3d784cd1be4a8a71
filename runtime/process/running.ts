/**
 * A gateway that is put together: one snapshot that serves, its servers, and what puts another policy in force.
 *
 * Owns how these hang together; opens no port (open-ports.ts) and decides nothing of the life cycle (create-runtime.ts).
 */
import type { Server } from 'node:http';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createAdminServer } from '../admin/create-admin-server.ts';
import type { Variables } from '../environment/variable-files.ts';
import { createGatewayServer } from '../http/create-server.ts';
import type { DrainedServer } from '../http/drained-server.ts';
import { followRoutes, requestTimeoutMs } from '../http/time-limits.ts';
import { VERSION } from '../version.ts';
import type { Fitted } from './fit-policy.ts';
import { checkTlsFiles, followTlsFiles, gatewayTls } from './gateway-tls.ts';
import { exportProcess } from './process-metrics.ts';
import { createReloader, type Reloader, sayWarnings } from './reloader.ts';
import type { Resources } from './resources.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';

export interface Running {
  readonly resources: Resources;
  snapshot: Snapshot;
  readonly gateway: Server;
  readonly admin: Server;
  /** Undefined when services call providers by themselves. */
  readonly egress: DrainedServer | undefined;
  readonly reloader: Reloader;
}

export interface RunningParts {
  /** With the features of the policy open. */
  readonly resources: Resources;
  readonly fitted: Extract<Fitted, { kind: 'fitted' }>;
  readonly env: Variables;
  readonly digest: string;
  readonly readPolicy: (() => Promise<string>) | undefined;
  readonly adjust: (policy: RuntimePolicy) => RuntimePolicy;
}

export function assemble(parts: RunningParts): Running {
  const { resources, fitted, env, digest, readPolicy, adjust } = parts;
  const { policy, overrides } = fitted;
  const { clock } = resources;
  const { registry, metrics, log, tunnels, tlsFiles, features } = resources;
  const snapshot = createSnapshot(resources, { policy, digest, overrides });
  const reloader = createReloader({
    env,
    adjust,
    clock,
    log,
    registry,
    read: readPolicy,
    current: () => current.snapshot,
    check: checkTlsFiles,
    prepare: features.prepare,
    refresh: () => features.refresh(current.snapshot.policy),
    swap(next) {
      current.snapshot = createSnapshot(resources, next);
      followRoutes(current.gateway, next.policy);
      sayUnenforced(current.snapshot, resources);
    },
  });
  const startedWallMs = clock.wallMs();
  const current: Running = {
    resources,
    snapshot,
    gateway: createGatewayServer({
      listener: (req, res) => current.snapshot.handle(req, res),
      requestTimeoutMs: requestTimeoutMs(policy),
      onRefused: metrics.refusedAtFrontDoor,
      onUpgrade: tunnels.adopt,
      tls: gatewayTls(policy.tls, tlsFiles),
    }),
    admin: createAdminServer({ snapshot: () => current.snapshot, resources, reloader, readPolicy, startedWallMs }),
    egress: policy.egress === undefined ? undefined : features.api('providers')?.createEgress(),
    reloader,
  };
  followTlsFiles(policy.tls, tlsFiles, current.gateway, registry);
  exportProcess(registry, readingsOf(current, startedWallMs), VERSION);
  sayWarnings(log, fitted);
  sayUnenforced(snapshot, resources);
  return current;
}

function readingsOf(current: Running, startedWallMs: number) {
  return {
    policy: () => current.snapshot.policy,
    digest: () => current.snapshot.digest,
    overrides: () => current.snapshot.overrides,
    unenforced: () => current.snapshot.unenforced,
    isReady: () => current.snapshot.readiness.isReady,
    isDraining: () => current.resources.phase.isStopping,
    dependencies: () => current.snapshot.readiness.dependencies,
    startedWallMs,
  };
}

function sayUnenforced({ unenforced }: Snapshot, { log }: Resources): void {
  for (const entry of unenforced) log.warn(entry, 'declared in the policy and not enforced by this release');
}
