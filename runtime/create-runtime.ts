/**
 * The gateway as one object: everything is made here, started in order and stopped in reverse.
 *
 * Owns the life cycle and which engine serves; reads neither files nor the environment of the process, both are handed
 * in, so that a test or `seaworthy serve` can run several side by side.
 */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { createAdminServer } from './admin/create-admin-server.ts';
import type { Breakers } from './breakers/breakers.ts';
import { type WarmUp, warm } from './cache/warm-up.ts';
import { createGatewayServer } from './create-server.ts';
import { createEngine, type Engine } from './engine.ts';
import { fitPolicy } from './environment/fit-policy.ts';
import { type Environment, type Foundation, openFoundation } from './foundation.ts';
import type { NewKey } from './identity/key-records.ts';
import { drain } from './lifecycle/drain.ts';
import { checkTlsFiles, followTlsFiles, gatewayTls } from './lifecycle/gateway-tls.ts';
import { closeNow, listen } from './lifecycle/listen.ts';
import { createPhase } from './lifecycle/phase.ts';
import { createReloader, type Reloader, type ReloadResult, sayWarnings } from './lifecycle/reloader.ts';
import { type Clock, systemClock } from './policies/clock.ts';
import { createEgressServer, type EgressServer } from './providers/egress/egress-server.ts';
import type { Providers } from './providers/providers.ts';
import { describeBug } from './telemetry/log.ts';
import type { LogDestination } from './telemetry/open-telemetry.ts';
import { exportProcess } from './telemetry/process-metrics.ts';
import { VERSION } from './version.ts';

/** A policy that `loadPolicy` accepted, and the digest of its file. */
export interface LoadedPolicy {
  readonly policy: RuntimePolicy;
  readonly digest: string;
}

export interface RuntimeOptions extends LoadedPolicy {
  /** Values of the environment variables that the policy names. */
  readonly env: Environment;
  /** Where the embedded database persists. Default: in memory. */
  readonly dataDirectory?: string;
  /** Reads the text of the policy file again. Default: the policy can only be replaced by one that is handed in. */
  readonly readPolicy?: () => Promise<string>;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. */
  readonly log: LogDestination;
  /** Fills caches before the first request. Until it settles, or its time has passed, the process is not ready. */
  readonly warmUp?: WarmUp;
}

export type StartResult =
  | {
      readonly kind: 'started';
      readonly url: string;
      readonly adminUrl: string;
      readonly egressUrl: string | undefined;
    }
  /** The environment does not fit the policy; nothing was opened. */
  | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
}

export interface StopReport {
  /** Requests that were cut because they outlived the drain. */
  readonly cut: number;
}

export interface Runtime {
  start(): Promise<StartResult>;
  /** Puts another policy in force at once, with all state kept; a policy that needs a restart is refused and the old one stays. */
  reload(loaded: LoadedPolicy): ReloadResult;
  /** The same with what the policy file holds now. */
  reloadFromFile(): Promise<ReloadResult>;
  /** Drains and stops. Calling it again gives the same answer. */
  stop(): Promise<StopReport>;
  /** Tells of an error that ends the process, for at most a second. */
  reportCrash(error: unknown): Promise<void>;
  /** Issues a key; undefined when no route of the policy needs one. Fails while the database is away. */
  issueApiKey(key: NewKey): Promise<IssuedApiKey | undefined>;
  /** Revokes a key here at once, on other replicas as soon as they hear of it, within `cacheTtlMs` at the latest. */
  revokeApiKey(id: string): Promise<boolean>;
  /** Undefined before the start. */
  readonly breakers: Breakers | undefined;
  /** Undefined before the start. */
  readonly providers: Providers | undefined;
}

const CRASH_REPORT_MS = 1_000;

export interface IssuedApiKey {
  /** Public, for lists, logs and revocation. */
  readonly id: string;
  /** The whole key. Show it once and forget it. */
  readonly text: string;
}

interface Running {
  readonly foundation: Foundation;
  engine: Engine;
  readonly gateway: Server;
  readonly admin: Server;
  /** Undefined when services call providers by themselves. */
  readonly egress: EgressServer | undefined;
  readonly reloader: Reloader;
}

/** A start that is told to stop may finish in this time: a half-opened part cannot be closed in order. */
const START_MS = 4_000;
/** What is behind may be gone by now; the platform's patience after the drain is 5 s. */
const CLOSE_MS = 4_000;
const NOT_STARTED: ReloadResult = { kind: 'refused', reasons: ['the runtime was not started'] };

export function createRuntime(options: RuntimeOptions): Runtime {
  const { env, dataDirectory, readPolicy, clock = systemClock } = options;
  const phase = createPhase();
  let running: Running | undefined;
  let starting: Promise<StartResult> | undefined;
  let stopping: Promise<StopReport> | undefined;

  async function startOnce(): Promise<StartResult> {
    const fitted = fitPolicy(options.policy, env);
    if (fitted.kind === 'refused') return fitted;
    const { policy, overrides } = fitted;
    const opened = await openFoundation({ policy, env, dataDirectory, clock, phase, destination: options.log });
    if (opened.kind === 'refused') return opened;
    const { foundation } = opened;
    const { registry, metrics, identity, log, tunnels, tlsFiles } = foundation;
    const engine = createEngine(foundation, { policy, digest: options.digest, overrides });
    const reloader = createReloader({
      env,
      clock,
      log,
      registry,
      read: readPolicy,
      current: () => current.engine,
      check: (next) => [...foundation.providers.check(next), ...checkTlsFiles(next)],
      refresh: () => foundation.providers.use(current.engine.policy),
      swap(next) {
        current.engine = createEngine(foundation, next);
        sayUnenforced(current.engine, foundation);
      },
    });
    const current: Running = {
      foundation,
      engine,
      gateway: createGatewayServer({
        listener: (req, res) => current.engine.handle(req, res),
        onRefused: metrics.refusedAtFrontDoor,
        onUpgrade: tunnels.adopt,
        tls: gatewayTls(policy.tls, tlsFiles),
      }),
      admin: createAdminServer({
        engine: () => current.engine,
        foundation,
        reloader,
        readPolicy,
        startedWallMs: clock.wallMs(),
      }),
      egress: policy.egress === undefined ? undefined : createEgressServer(foundation),
      reloader,
    };
    running = current;
    followTlsFiles(policy.tls, tlsFiles, current.gateway, registry);
    exportProcess(registry, readingsOf(current), VERSION);
    sayWarnings(log, fitted);
    sayUnenforced(engine, foundation);
    // The operators' port opens first: while the database starts, it already says that this is not ready.
    const adminUrl = await listen(current.admin, policy.admin);
    const url = await listen(current.gateway, policy.listen);
    const egressUrl = await openEgress(current, policy);
    await identity?.firstAttempt;
    if (options.warmUp !== undefined) await warm(options.warmUp, foundation.caches, log);
    phase.ready();
    await engine.readiness.check();
    log.info(
      { listening: url, admin: adminUrl, egress: egressUrl, digest: engine.digest, version: VERSION },
      'started',
    );
    return { kind: 'started', url, adminUrl, egressUrl };
  }

  async function stopOnce(): Promise<StopReport> {
    // No balancer was ever told of a process that is still starting: it need not wait to be forgotten.
    const wasServing = phase.name === 'running';
    phase.announce();
    await within(START_MS, starting);
    if (running === undefined) return { cut: 0 };
    const { foundation, engine, gateway, admin, egress } = running;
    const { log, metrics, tunnels } = foundation;
    const { drainTimeoutMs } = engine.policy.shutdown;
    const drainDelayMs = wasServing ? engine.policy.shutdown.drainDelayMs : 0;
    const active = metrics.activeRequests;
    log.info({ active, drain_delay_ms: drainDelayMs, drain_timeout_ms: drainTimeoutMs }, 'draining');
    const untilMs = clock.nowMs() + drainDelayMs + drainTimeoutMs;
    const report = await drain({
      server: gateway,
      phase,
      drainDelayMs,
      drainTimeoutMs,
      activeRequests: () => metrics.activeRequests,
      cut: tunnels.cut,
    });
    const cut = report.cut + ((await egress?.stop(untilMs - clock.nowMs())) ?? 0);
    await closeNow(admin);
    await within(CLOSE_MS, foundation.close());
    log.info({ cut }, 'stopped');
    return { cut };
  }

  async function openEgress({ egress }: Running, from: RuntimePolicy): Promise<string | undefined> {
    return egress === undefined || from.egress === undefined ? undefined : listen(egress.server, from.egress);
  }

  function readingsOf(current: Running) {
    return {
      policy: () => current.engine.policy,
      digest: () => current.engine.digest,
      overrides: () => current.engine.overrides,
      unenforced: () => current.engine.unenforced,
      isReady: () => current.engine.readiness.isReady,
      isDraining: () => phase.isStopping,
      dependencies: () => current.engine.readiness.dependencies,
      startedWallMs: clock.wallMs(),
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
    async issueApiKey(key) {
      const result = await running?.foundation.identity?.apiKeys.create(key, PROGRAM);
      if (result === undefined) return undefined;
      if (result.kind !== 'created')
        throw new Error(result.kind === 'refused' ? result.detail : 'the database is away');
      return { id: result.key.id, text: result.text };
    },
    async revokeApiKey(id) {
      return (await running?.foundation.identity?.apiKeys.revoke(id, PROGRAM))?.kind === 'revoked';
    },
    get breakers() {
      return running?.foundation.breakers;
    },
    get providers() {
      return running?.foundation.providers;
    },
  };
}

/** Who asks, for the audit, when it is the program around this one. */
const PROGRAM = { actor: 'program' };

/** Waits for work, but no longer than `ms`. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const given = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: given.signal }).catch(() => undefined)]);
  given.abort();
}

function sayUnenforced({ unenforced }: Engine, { log }: Foundation): void {
  for (const entry of unenforced) log.warn(entry, 'declared in the policy and not enforced by this release');
}
