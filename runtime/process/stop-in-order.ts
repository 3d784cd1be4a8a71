/**
 * The end of a runtime that serves: drain the gateway, then the way out, on which its last requests relied, then the
 * operators' port, then the resources.
 *
 * Owns that it takes no longer than the policy says: `drainDelayMs`, `drainTimeoutMs`, and `CLOSING_MS` for the rest.
 */
import type { Server } from 'node:http';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { CLOSING_MS } from '../../schemas/shutdown.ts';
import type { DrainedServer } from '../http/drained-server.ts';
import { closeNow } from '../http/listen.ts';
import type { Phase } from '../http/phase.ts';
import type { Clock } from '../resilience/clock.ts';
import { settledWithin } from '../resilience/timeout.ts';
import { drain } from './drain.ts';
import type { Resources } from './resources.ts';
import type { StopReport } from './runtime.ts';

/** A second of the closing is left to the process, which still has to write its last lines. */
export const CLOSE_MS = CLOSING_MS - 1_000;

export interface Stopping {
  readonly resources: Resources;
  readonly gateway: Server;
  readonly admin: Server;
  readonly egress: DrainedServer | undefined;
  readonly phase: Phase;
  readonly clock: Clock;
  readonly shutdown: RuntimePolicy['shutdown'];
}

export async function stopInOrder(stopping: Stopping): Promise<StopReport> {
  const { resources, gateway, admin, egress, phase, clock, shutdown } = stopping;
  const { log, metrics, tunnels } = resources;
  const { drainDelayMs, drainTimeoutMs } = shutdown;
  const active = metrics.activeRequests;
  log.info({ active, drain_delay_ms: drainDelayMs, drain_timeout_ms: drainTimeoutMs }, 'draining');
  const untilMs = clock.nowMs() + drainDelayMs + drainTimeoutMs;
  const activeRequests = (): number => metrics.activeRequests;
  const report = await drain({
    server: gateway,
    phase,
    drainDelayMs,
    drainTimeoutMs,
    activeRequests,
    cut: tunnels.cut,
  });
  const cut = report.cut + ((await egress?.stop(untilMs - clock.nowMs())) ?? 0);
  await settledWithin(CLOSE_MS, closeBehind(admin, resources));
  log.info({ cut }, 'stopped');
  return { cut };
}

async function closeBehind(admin: Server, resources: Resources): Promise<void> {
  await closeNow(admin);
  await resources.close();
}
