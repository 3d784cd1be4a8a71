/**
 * Ends a server without losing a request.
 *
 * 1. announce: readiness says no, requests are still taken, responses say `Connection: close`.
 * 2. close: no new connection; idle ones are closed again and again, as `server.close()` looks only once and a
 *    connection that becomes idle later would live on; event streams and tunnels are told goodbye and end, their
 *    clients reconnect elsewhere.
 * 3. deadline: what is left is cut.
 */
import type { Server } from 'node:http';
import { setImmediate as afterPoll, setTimeout as sleep } from 'node:timers/promises';
import type { Phase } from '../http/phase.ts';

const SWEEP_MS = 250;

export interface DrainOptions {
  readonly server: Server;
  readonly phase: Phase;
  readonly drainDelayMs: number;
  readonly drainTimeoutMs: number;
  readonly activeRequests: () => number;
  /** Cuts the connections that left HTTP, which the server knows no more. */
  readonly cut: () => void;
}

export interface DrainReport {
  /** Requests that were cut at the deadline. */
  readonly cut: number;
}

export async function drain({
  server,
  phase,
  drainDelayMs,
  drainTimeoutMs,
  activeRequests,
  cut: cutTunnels,
}: DrainOptions): Promise<DrainReport> {
  phase.announce();
  if (drainDelayMs > 0) await sleep(drainDelayMs);
  // A connection that the kernel has taken and we have not would be reset with the request in it; a proxy does not send a POST twice.
  // Twice, for the first ends the turn that we are in.
  await afterPoll();
  await afterPoll();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  phase.close();
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  let cut = 0;
  const deadline = setTimeout(() => {
    cut = activeRequests();
    server.closeAllConnections();
    cutTunnels();
  }, drainTimeoutMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
  return { cut };
}
