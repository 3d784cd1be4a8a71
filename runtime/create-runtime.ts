/**
 * The gateway as one object: everything is made here, started in order and stopped in reverse.
 *
 * Owns the life cycle and which engine serves; reads neither files nor the environment of the process, both are handed
 * in, so that a test or `seaworthy serve` can run several side by side.
 */
import type { Server } from 'node:http';
import { createAdminServer } from './admin/create-admin-server.ts';
import { createGatewayServer } from './create-server.ts';
import { createEngine, type Engine, type LoadedPolicy } from './engine.ts';
import { type Environment, type Foundation, openFoundation } from './foundation.ts';
import type { IssuedApiKey } from './identity/issue-api-key.ts';
import type { NewKey } from './identity/key-records.ts';
import { drain } from './lifecycle/drain.ts';
import { listFrozen } from './lifecycle/frozen-fields.ts';
import { closeNow, listen } from './lifecycle/listen.ts';
import { createPhase } from './lifecycle/phase.ts';
import { type Clock, systemClock } from './policies/clock.ts';
import { describeBug } from './telemetry/log.ts';
import type { LogDestination } from './telemetry/open-telemetry.ts';
import { exportProcess } from './telemetry/process-metrics.ts';
import { INSTEAD } from './unenforced.ts';
import { VERSION } from './version.ts';

export interface RuntimeOptions extends LoadedPolicy {
  /** Values of the environment variables that the policy names. */
  readonly env: Environment;
  /** Where the embedded database persists. Default: in memory. */
  readonly dataDirectory?: string;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. */
  readonly log: LogDestination;
}

export type StartResult =
  | { readonly kind: 'started'; readonly url: string; readonly adminUrl: string }
  /** The environment does not fit the policy; nothing was opened. */
  | Refused;

export type ReloadResult = { readonly kind: 'reloaded'; readonly digest: string } | Refused;

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
  /** Drains and stops. Calling it again gives the same answer. */
  stop(): Promise<StopReport>;
  /** Tells of an error that ends the process, for at most a second. */
  reportCrash(error: unknown): Promise<void>;
  /** Issues a key; undefined when no route of the policy needs one. Fails while the database is away. */
  issueApiKey(key: NewKey): Promise<IssuedApiKey | undefined>;
  /** Revokes a key here at once, on other replicas within `cacheTtlMs`. */
  revokeApiKey(id: string): Promise<boolean>;
}

const CRASH_REPORT_MS = 1_000;

interface Running {
  readonly foundation: Foundation;
  engine: Engine;
  readonly gateway: Server;
  readonly admin: Server;
}

export function createRuntime(options: RuntimeOptions): Runtime {
  const { policy, env, dataDirectory, clock = systemClock } = options;
  const phase = createPhase();
  let running: Running | undefined;
  let stopping: Promise<StopReport> | undefined;

  async function start(): Promise<StartResult> {
    const opened = await openFoundation({ policy, env, dataDirectory, clock, phase, destination: options.log });
    if (opened.kind === 'refused') return opened;
    const { foundation } = opened;
    const { registry, metrics, identity, log, bugs } = foundation;
    const engine = createEngine(foundation, options);
    const current: Running = {
      foundation,
      engine,
      gateway: createGatewayServer((req, res) => current.engine.handle(req, res), metrics.refusedAtFrontDoor),
      admin: createAdminServer({ engine: () => current.engine, registry, log, bugs }),
    };
    running = current;
    exportProcess(registry, readingsOf(current), VERSION);
    sayUnenforced(engine, foundation);
    // The operators' port opens first: while the database starts, it already says that this is not ready.
    const adminUrl = await listen(current.admin, policy.admin);
    const url = await listen(current.gateway, policy.listen);
    await identity?.firstAttempt;
    phase.ready();
    await engine.readiness.check();
    log.info({ listening: url, admin: adminUrl, digest: engine.digest, version: VERSION }, 'started');
    return { kind: 'started', url, adminUrl };
  }

  function reload(loaded: LoadedPolicy): ReloadResult {
    if (running === undefined) return { kind: 'refused', reasons: ['the runtime was not started'] };
    const { foundation, engine } = running;
    const reasons = listFrozen(engine.policy, loaded.policy);
    if (reasons.length > 0) {
      foundation.log.error({ reasons, digest: engine.digest, refused: loaded.digest }, 'policy refused');
      return { kind: 'refused', reasons };
    }
    running.engine = createEngine(foundation, loaded);
    sayUnenforced(running.engine, foundation);
    foundation.log.info({ digest: loaded.digest, before: engine.digest }, 'policy reloaded');
    return { kind: 'reloaded', digest: loaded.digest };
  }

  async function stopOnce(): Promise<StopReport> {
    if (running === undefined) return { cut: 0 };
    const { foundation, engine, gateway, admin } = running;
    const { log, metrics } = foundation;
    const { drainDelayMs, drainTimeoutMs } = engine.policy.shutdown;
    const active = metrics.activeRequests;
    log.info({ active, drain_delay_ms: drainDelayMs, drain_timeout_ms: drainTimeoutMs }, 'draining');
    const report = await drain({
      server: gateway,
      phase,
      drainDelayMs,
      drainTimeoutMs,
      activeRequests: () => metrics.activeRequests,
    });
    await closeNow(admin);
    await foundation.close();
    log.info({ cut: report.cut }, 'stopped');
    return report;
  }

  function readingsOf(current: Running) {
    return {
      policy: () => current.engine.policy,
      digest: () => current.engine.digest,
      unenforced: () => current.engine.unenforced,
      buckets: () => current.foundation.store,
      isReady: () => current.engine.readiness.isReady,
      isDraining: () => phase.isStopping,
      dependencies: () => current.engine.readiness.dependencies,
      startedWallMs: clock.wallMs(),
    };
  }

  return {
    start,
    reload,
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
    issueApiKey: async (key) => running?.foundation.identity?.issue(key),
    revokeApiKey: async (id) => (await running?.foundation.identity?.revoke(id)) ?? false,
  };
}

function sayUnenforced({ unenforced }: Engine, { log }: Foundation): void {
  for (const [feature, count] of unenforced) {
    log.warn({ feature, count, instead: INSTEAD[feature] }, 'declared in the policy and not enforced by this release');
  }
}
