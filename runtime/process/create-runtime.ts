/**
 * The gateway as one object: everything is made here, started in order and stopped in reverse.
 *
 * Owns the life cycle and which snapshot serves; reads neither files nor the environment of the process, both are handed
 * in, so that a test or `seaworthy serve` can run several side by side.
 *
 * Start: fit the policy to the environment; open the resources (telemetry, database, Redis, state); make the snapshot and
 * the servers; open the ports, operators first; fill the caches; say ready. A start that fails at any of these closes what
 * was opened and gives its reasons.
 * Stop: say no to readiness; drain the gateway; then the way out, on which its last requests relied; then the operators'
 * port; then the resources.
 */
import type { Server } from 'node:http';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createAdminServer } from '../admin/create-admin-server.ts';
import { createVariables } from '../environment/variable-files.ts';
import { issueAsProgram, revokeAsProgram } from '../features/identity/program-keys.ts';
import type { WarmUp } from '../features.ts';
import { createGatewayServer } from '../http/create-server.ts';
import type { DrainedServer } from '../http/drained-server.ts';
import { closeNow, findTakenPort, type Listening, listen } from '../http/listen.ts';
import { createPhase } from '../http/phase.ts';
import { followRoutes, requestTimeoutMs } from '../http/time-limits.ts';
import { systemClock } from '../resilience/clock.ts';
import { settledWithin } from '../resilience/timeout.ts';
import { describeBug } from '../telemetry/log.ts';
import { VERSION } from '../version.ts';
import { type Fitted, fitPolicy } from './fit-policy.ts';
import { checkTlsFiles, followTlsFiles, gatewayTls } from './gateway-tls.ts';
import { exportProcess } from './process-metrics.ts';
import { createReloader, type Reloader, type ReloadResult, sayWarnings } from './reloader.ts';
import { openResources, type Resources } from './resources.ts';
import type { Runtime, RuntimeOptions, StartResult, StopReport } from './runtime.ts';
import { createSnapshot, type Snapshot } from './snapshot.ts';
import { CLOSE_MS, stopInOrder } from './stop-in-order.ts';

interface Running {
  readonly resources: Resources;
  snapshot: Snapshot;
  readonly gateway: Server;
  readonly admin: Server;
  /** Undefined when services call providers by themselves. */
  readonly egress: DrainedServer | undefined;
  readonly reloader: Reloader;
}

type FittedPolicy = Extract<Fitted, { kind: 'fitted' }>;

/** A start that is told to stop gives up, and closes what it opened, within this time. */
const START_MS = 4_000;
const CRASH_REPORT_MS = 1_000;
const STOPPED: StartResult = { kind: 'refused', reasons: ['it was told to stop while it started'] };
const NOT_STARTED: ReloadResult = { kind: 'refused', reasons: ['the runtime was not started'] };

export function createRuntime(options: RuntimeOptions): Runtime {
  const { dataDirectory, readPolicy, clock = systemClock, adjust = (policy) => policy } = options;
  const phase = createPhase();
  const env = createVariables(options.env);
  let running: Running | undefined;
  let starting: Promise<StartResult> | undefined;
  let stopping: Promise<StopReport> | undefined;

  async function startOnce(): Promise<StartResult> {
    const adjusted = adjust(options.policy);
    const read = env.read(adjusted);
    const fitted = read.kind === 'refused' ? read : fitPolicy(adjusted, env.values);
    if (fitted.kind === 'refused') return fitted;
    const { policy } = fitted;
    // Before anything slow begins: a taken port is the commonest reason.
    const taken = await findTakenPort(policy);
    if (taken !== undefined) return { kind: 'refused', reasons: [taken.reason], socket: taken.field };
    const opened = await openResources({
      policy,
      env: env.values,
      dataDirectory,
      clock,
      phase,
      destination: options.log,
      startSdk: options.startSdk,
    });
    if (opened.kind === 'refused') return opened;
    const { resources } = opened;
    try {
      running = assemble(resources, fitted);
      const result = await serve(running, policy);
      if (result.kind === 'refused') await abandon(resources);
      return result;
    } catch (error) {
      await abandon(resources);
      throw error;
    }
  }

  function assemble(resources: Resources, fitted: FittedPolicy): Running {
    const { policy, overrides } = fitted;
    const { registry, metrics, log, tunnels, tlsFiles, features } = resources;
    const snapshot = createSnapshot(resources, { policy, digest: options.digest, overrides });
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

  async function serve(current: Running, policy: RuntimePolicy): Promise<StartResult> {
    const { resources, snapshot } = current;
    // The operators' port opens first: while the database starts, it already says that this is not ready.
    const admin = await listen(current.admin, policy.admin);
    if (admin.kind === 'refused') return admin;
    const gateway = await listen(current.gateway, policy.listen);
    if (gateway.kind === 'refused') return gateway;
    const egress = await openEgress(current, policy);
    if (egress?.kind === 'refused') return egress;
    await Promise.race([phase.whenStopping, resources.identity?.firstAttempt]);
    const failure = resources.identity?.failure();
    if (failure !== undefined) return { kind: 'refused', reasons: [failure] };
    await warmCaches(resources, options.warmUp);
    if (phase.isStopping) return STOPPED;
    phase.ready();
    await snapshot.readiness.check();
    const { digest } = snapshot;
    resources.log.info(
      { listening: gateway.url, admin: admin.url, egress: egress?.url, digest, version: VERSION },
      'started',
    );
    return { kind: 'started', url: gateway.url, adminUrl: admin.url, egressUrl: egress?.url };
  }

  async function openEgress({ egress }: Running, from: RuntimePolicy): Promise<Listening | undefined> {
    return egress === undefined || from.egress === undefined ? undefined : listen(egress.server, from.egress);
  }

  async function stopOnce(): Promise<StopReport> {
    const wasServing = phase.name === 'running';
    phase.announce();
    if (starting !== undefined) await settledWithin(START_MS, starting);
    if (running === undefined) return { cut: 0 };
    const { resources, snapshot, gateway, admin, egress } = running;
    // No balancer was ever told of a process that is still starting: it need not wait to be forgotten.
    const { shutdown } = snapshot.policy;
    const waits = wasServing ? shutdown : { ...shutdown, drainDelayMs: 0 };
    return stopInOrder({ resources, gateway, admin, egress, phase, clock, shutdown: waits });
  }

  /** After a start that failed: nobody was served. */
  async function abandon(resources: Resources): Promise<void> {
    const half = running;
    running = undefined;
    phase.announce();
    if (half !== undefined) {
      await closeNow(half.gateway);
      await half.egress?.stop(0);
      await closeNow(half.admin);
    }
    await settledWithin(CLOSE_MS, resources.close());
  }

  function readingsOf(current: Running, startedWallMs: number) {
    return {
      policy: () => current.snapshot.policy,
      digest: () => current.snapshot.digest,
      overrides: () => current.snapshot.overrides,
      unenforced: () => current.snapshot.unenforced,
      isReady: () => current.snapshot.readiness.isReady,
      isDraining: () => phase.isStopping,
      dependencies: () => current.snapshot.readiness.dependencies,
      startedWallMs,
    };
  }

  return {
    start() {
      starting ??= startOnce();
      return starting;
    },
    reload: async (loaded) => running?.reloader.apply(loaded) ?? NOT_STARTED,
    reloadFromFile: async () => running?.reloader.fromFile() ?? NOT_STARTED,
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
    async reportCrash(error) {
      if (running === undefined) return;
      const { log, bugs } = running.resources;
      log.error(describeBug(error), 'crash');
      bugs.report(error, { digest: running.snapshot.digest });
      await bugs.close(CRASH_REPORT_MS);
    },
    issueApiKey: (key) => issueAsProgram(running?.resources.identity, key),
    revokeApiKey: (id) => revokeAsProgram(running?.resources.identity, id),
    get breakers() {
      return running?.resources.breakers;
    },
    get providers() {
      return running?.resources.features.api('providers');
    },
  };
}

/** Nobody fills what the policy does not have; the host that would is told. */
async function warmCaches({ features, log, phase }: Resources, warmUp: WarmUp | undefined): Promise<void> {
  if (warmUp === undefined || phase.isStopping) return;
  const caches = features.api('cache');
  if (caches === undefined) log.warn('the policy has no caches; nothing is warmed');
  else await caches.warm(warmUp, phase.whenStopping);
}

function sayUnenforced({ unenforced }: Snapshot, { log }: Resources): void {
  for (const entry of unenforced) log.warn(entry, 'declared in the policy and not enforced by this release');
}
