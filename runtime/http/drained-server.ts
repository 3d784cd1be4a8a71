/** A server that stops after the gateway, on which the last requests of the gateway may rely. */
import type { Server } from 'node:http';

export interface DrainedServer {
  readonly server: Server;
  /** Takes no more calls and waits for those in flight; the answer is how many were cut at the end of the time. */
  stop(timeoutMs: number): Promise<number>;
}
