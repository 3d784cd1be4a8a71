/**
 * The server of the way out.
 *
 * Outlives the gateway by design: requests that the gateway still serves make calls here until they are over, so at the
 * end this one stops after it, within what is left of the time to drain.
 */

import { createGatewayServer } from '../../../http/create-server.ts';
import type { DrainedServer } from '../../../http/drained-server.ts';
import { closeNow } from '../../../http/listen.ts';
import { createEgress, type EgressParts } from './egress.ts';

const SWEEP_MS = 100;
/** For the body of a call; the time of its provider begins when it is sent. */
const UPLOAD_MS = 300_000;

export function createEgressServer(parts: EgressParts): DrainedServer {
  const egress = createEgress(parts);
  const server = createGatewayServer({ listener: egress.handle, requestTimeoutMs: UPLOAD_MS });
  return {
    server,
    async stop(timeoutMs) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection that becomes idle after `close` would live on.
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      let cut = 0;
      const deadline = setTimeout(() => {
        cut = egress.active;
        void closeNow(server);
      }, timeoutMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(deadline);
      return cut;
    },
  };
}
