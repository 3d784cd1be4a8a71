/**
 * The gateway as one object: everything is made here, started in order and stopped in reverse.
 *
 * Owns the life cycle and which engine serves; reads neither files nor the environment of the process, both are handed
 * in, so that a test or `seaworthy serve` can run several side by side.
 *
 * Start: fit the policy to the environment; open the foundation (telemetry, database, Redis, state); make the engine and
 * the servers; open the ports, operators first; fill the caches; say ready. A start that fails at any of these closes what
 * was opened and gives its reasons.
 * Stop: say no to readiness; drain the gateway; then the way out, on which its last requests relied; then the operators'
 * port; then the foundation.
 */
import type { Server } from 'node:http';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { createAdminServer } from '../admin/create-admin-server.ts';
import { createVariables } from '../environment/variable-files.ts';
import { warm } from '../features/cache/warm-up.ts';
import { issueAsProgram, revokeAsProgram } from '../features/identity/program-keys.ts';
import { createEgressServer, type EgressServer } from '../features/providers/egress/egress-server.ts';
import { createGatewayServer } from '../http/create-server.ts';
import { closeNow, findTakenPort, type Listening, listen } from '../http/listen.ts';
import { createPhase } from '../http/phase.ts';
import { followRoutes, requestTimeoutMs } from '../http/time-limits.ts';
import { systemClock } from '../resilience/clock.ts';
import { isDoneWithin } from '../resilience/patience.ts';
import { describeBug } from '../telemetry/log.ts';
import { VERSION } from '../version.ts';
import { createEngine, type Engine } from './engine.ts';
import { type Fitted, fitPolicy } from './fit-policy.ts';
import { type Foundation, openFoundation } from './foundation.ts';
import { checkTlsFiles, followTlsFiles, gatewayTls } from './gateway-tls.ts';
import { exportProcess } from './process-metrics.ts';
import { createReloader, type Reloader, type ReloadResult, sayWarnings } from './reloader.ts';
import type { Runtime, RuntimeOptions, StartResult, StopReport } from './runtime.ts';
import { CLOSE_MS, stopInOrder } from './stop-in-order.ts';

interface Running {
  readonly foundation: Foundation;
  engine: Engine;
  readonly gateway: Server;
  readonly admin: Server;
  /** Undefined when services call providers by themselves. */
  readonly egress: EgressServer | undefined;
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
    const opened = await openFoundation({
      policy,
      env: env.values,
      dataDirectory,
      clock,
      phase,
      destination: options.log,
    });
    if (opened.kind === 'refused') return opened;
    const { foundation } = opened;
    try {
      running = assemble(foundation, fitted);
      const result = await serve(running, policy);
      if (result.kind === 'refused') await abandon(foundation);
      return result;
    } catch (error) {
      await abandon(foundation);
      throw error;
    }
  }

  function assemble(foundation: Foundation, fitted: FittedPolicy): Running {
    const { policy, overrides } = fitted;
    const { registry, metrics, log, tunnels, tlsFiles } = foundation;
    const engine = createEngine(foundation, { policy, digest: options.digest, overrides });
    const reloader = createReloader({
      env,
      adjust,
      clock,
      log,
      registry,
      read: readPolicy,
      current: () => current.engine,
      check: (next) => [...foundation.providers.check(next), ...checkTlsFiles(next)],
      refresh: () => foundation.providers.use(current.engine.policy),
      swap(next) {
        current.engine = createEngine(foundation, next);
        followRoutes(current.gateway, next.policy);
        sayUnenforced(current.engine, foundation);
      },
    });
    const startedWallMs = clock.wallMs();
    const current: Running = {
      foundation,
      engine,
      gateway: createGatewayServer({
        listener: (req, res) => current.engine.handle(req, res),
        requestTimeoutMs: requestTimeoutMs(policy),
        onRefused: metrics.refusedAtFrontDoor,
        onUpgrade: tunnels.adopt,
        tls: gatewayTls(policy.tls, tlsFiles),
      }),
      admin: createAdminServer({ engine: () => current.engine, foundation, reloader, readPolicy, startedWallMs }),
      egress: policy.egress === undefined ? undefined : createEgressServer(foundation),
      reloader,
    };
    followTlsFiles(policy.tls, tlsFiles, current.gateway, registry);
    exportProcess(registry, readingsOf(current, startedWallMs), VERSION);
    sayWarnings(log, fitted);
    sayUnenforced(engine, foundation);
    return current;
  }

  async function serve(current: Running, policy: RuntimePolicy): Promise<StartResult> {
    const { foundation, engine } = current;
    // The operators' port opens first: while the database starts, it already says that this is not ready.
    const admin = await listen(current.admin, policy.admin);
    if (admin.kind === 'refused') return admin;
    const gateway = await listen(current.gateway, policy.listen);
    if (gateway.kind === 'refused') return gateway;
    const egress = await openEgress(current, policy);
    if (egress?.kind === 'refused') return egress;
    await Promise.race([phase.whenStopping, foundation.identity?.firstAttempt]);
    const failure = foundation.identity?.failure();
    if (failure !== undefined) return { kind: 'refused', reasons: [failure] };
    if (options.warmUp !== undefined && !phase.isStopping) {
      await warm(options.warmUp, { ...foundation, stopped: phase.whenStopping });
    }
    if (phase.isStopping) return STOPPED;
    phase.ready();
    await engine.readiness.check();
    const { digest } = engine;
    foundation.log.info(
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
    if (starting !== undefined) await isDoneWithin(START_MS, starting);
    if (running === undefined) return { cut: 0 };
    const { foundation, engine, gateway, admin, egress } = running;
    // No balancer was ever told of a process that is still starting: it need not wait to be forgotten.
    const { shutdown } = engine.policy;
    const waits = wasServing ? shutdown : { ...shutdown, drainDelayMs: 0 };
    return stopInOrder({ foundation, gateway, admin, egress, phase, clock, shutdown: waits });
  }

  /** After a start that failed: nobody was served. */
  async function abandon(foundation: Foundation): Promise<void> {
    const half = running;
    running = undefined;
    phase.announce();
    if (half !== undefined) {
      await closeNow(half.gateway);
      await half.egress?.stop(0);
      await closeNow(half.admin);
    }
    await isDoneWithin(CLOSE_MS, foundation.close());
  }

  function readingsOf(current: Running, startedWallMs: number) {
    return {
      policy: () => current.engine.policy,
      digest: () => current.engine.digest,
      overrides: () => current.engine.overrides,
      unenforced: () => current.engine.unenforced,
      isReady: () => current.engine.readiness.isReady,
      isDraining: () => phase.isStopping,
      dependencies: () => current.engine.readiness.dependencies,
      startedWallMs,
    };
  }

  return {
    start() {
      starting ??= startOnce();
      return starting;
    },
    reload: (loaded) => running?.reloader.apply(loaded) ?? NOT_STARTED,
    reloadFromFile: async () => running?.reloader.fromFile() ?? NOT_STARTED,
    stop() {
      stopping ??= stopOnce();
      return stopping;
    },
    async reportCrash(error) {
      if (running === undefined) return;
      const { log, bugs } = running.foundation;
      log.error(describeBug(error), 'crash');
      bugs.report(error, { digest: running.engine.digest });
      await bugs.close(CRASH_REPORT_MS);
    },
    issueApiKey: (key) => issueAsProgram(running?.foundation.identity, key),
    revokeApiKey: (id) => revokeAsProgram(running?.foundation.identity, id),
    get breakers() {
      return running?.foundation.breakers;
    },
    get providers() {
      return running?.foundation.providers;
    },
  };
}

function sayUnenforced({ unenforced }: Engine, { log }: Foundation): void {
  for (const entry of unenforced) log.warn(entry, 'declared in the policy and not enforced by this release');
}
