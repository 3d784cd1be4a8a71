/**
 * How connections to upstreams and providers are made.
 *
 * Owns what undici would do otherwise: it takes a reset for the end of an answer without a length, so that half an answer of
 * a process that was killed would pass for a whole one. nginx and curl call it broken, and so do we. Informational answers are
 * taken out here too (informational-answers.ts).
 */
import { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { dropInformational } from './informational-answers.ts';
import { lookupTarget } from './lookup-target.ts';

export type ConnectorOptions = Omit<buildConnector.BuildOptions, 'lookup' | 'allowH2'>;

/** HTTP/1.1 only, and never to an address of instance metadata. */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: lookupTarget, allowH2: false });
  return (target, callback) =>
    connect(target, (...result) => {
      const [, socket] = result;
      if (socket instanceof Socket) {
        socket.on('error', callReset);
        dropInformational(socket);
      }
      callback(...result);
    });
}

/** Registered before undici's own listener, which knows a reset by this code. */
function callReset(error: NodeJS.ErrnoException): void {
  if (error.code === 'ECONNRESET') error.code = 'UND_ERR_SOCKET';
}
