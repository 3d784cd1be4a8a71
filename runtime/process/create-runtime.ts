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
import { createVariables } from '../environment/variable-files.ts';
import { issueAsProgram, revokeAsProgram } from '../features/identity/program-keys.ts';
import { closeNow, findTakenPort } from '../http/listen.ts';
import { createPhase } from '../http/phase.ts';
import { systemClock } from '../resilience/clock.ts';
import { settledWithin } from '../resilience/timeout.ts';
import { describeBug } from '../telemetry/log.ts';
import { fitPolicy } from './fit-policy.ts';
import { openPorts } from './open-ports.ts';
import type { ReloadResult } from './reloader.ts';
import { openResources, type Resources } from './resources.ts';
import { assemble, type Running } from './running.ts';
import type { Runtime, RuntimeOptions, StartResult, StopReport } from './runtime.ts';
import { CLOSE_MS, stopInOrder } from './stop-in-order.ts';

/** A start that is told to stop gives up, and closes what it opened, within this time. */
const START_MS = 4_000;
const CRASH_REPORT_MS = 1_000;
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
      await resources.features.prepare(policy);
      running = assemble({ resources, fitted, env, digest: options.digest, readPolicy, adjust });
      const result = await openPorts(running, policy, options.warmUp);
      if (result.kind === 'refused') await abandon(resources);
      return result;
    } catch (error) {
      await abandon(resources);
      throw error;
    }
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
