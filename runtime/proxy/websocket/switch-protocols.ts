/**
 * Asks an upstream for a WebSocket: one request, answered with 101 and a connection, or with an ordinary response.
 *
 * Each tunnel has a connection of its own beside the pools, since it never comes back. A 101 that does not prove that
 * the upstream has read the handshake (RFC 6455, 4.1) is a failure.
 */
import { createHash } from 'node:crypto';
import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { UpstreamErrorReason } from '../../../schemas/metrics.ts';
import { reasonOf } from '../failure-reason.ts';
import { lookupTarget } from '../lookup-target.ts';
import type { UpstreamTarget } from '../upstream-target.ts';

export type SwitchOutcome =
  | { readonly kind: 'switched'; readonly socket: Duplex; readonly rest: Buffer; readonly response: IncomingMessage }
  | { readonly kind: 'answered'; readonly response: IncomingMessage }
  /** The breaker let nothing through. */
  | { readonly kind: 'refused'; readonly retryInMs: number }
  | { readonly kind: 'failed'; readonly reason: UpstreamErrorReason; readonly isSent: boolean; readonly error: string };

export interface SwitchOptions {
  readonly target: UpstreamTarget;
  readonly path: string;
  /** Flat name, value list, without Connection and Upgrade. */
  readonly head: readonly string[];
  readonly key: string;
  /** Longest wait for the answer. */
  readonly timeoutMs: number;
  /** Gives up, because the client did. */
  readonly signal: AbortSignal;
}

/** RFC 6455, 1.3. */
const PROOF = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function switchProtocols({ target, path, head, key, timeoutMs, signal }: SwitchOptions): Promise<SwitchOutcome> {
  return new Promise((resolve) => {
    let isConnected = false;
    const fail = (reason: UpstreamErrorReason, error: string): void => {
      finish({ kind: 'failed', reason, isSent: isConnected, error });
      request.destroy();
    };
    const finish = (outcome: SwitchOutcome): void => {
      clearTimeout(connecting);
      clearTimeout(answering);
      resolve(outcome);
    };
    const request = openRequest(target, path, [...head, 'connection', 'Upgrade', 'upgrade', 'websocket'], signal);
    const connecting = setTimeout(() => fail('connect-timeout', 'no connection in time'), target.connectTimeoutMs);
    const answering = setTimeout(
      () => fail('timeout', 'no answer in time'),
      Math.max(1, Math.min(timeoutMs, target.headersTimeoutMs)),
    );
    request.on('socket', (socket) => {
      socket.once(target.origin.startsWith('https:') ? 'secureConnect' : 'connect', () => {
        isConnected = true;
        clearTimeout(connecting);
      });
    });
    request.on('error', (error) => fail(reasonOf(error, false), error.message));
    request.on('response', (response) => finish({ kind: 'answered', response }));
    request.on('upgrade', (response, socket, rest) => {
      const isProven =
        response.headers.upgrade?.toLowerCase() === 'websocket' &&
        response.headers['sec-websocket-accept'] ===
          createHash('sha1')
            .update(key + PROOF)
            .digest('base64');
      if (isProven) {
        finish({ kind: 'switched', socket, rest, response });
        return;
      }
      socket.destroy();
      return fail('protocol', 'the upstream did not accept this handshake');
    });
    request.end();
  });
}

function openRequest(target: UpstreamTarget, path: string, headers: string[], signal: AbortSignal): ClientRequest {
  const { hostname, port, protocol } = new URL(target.origin);
  const isTls = protocol === 'https:';
  const options = {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    path,
    method: 'GET',
    headers,
    setHost: false,
    agent: false,
    lookup: lookupTarget,
    signal,
  } as const;
  return isTls ? tlsRequest({ ...options, ...target.tls() }) : plainRequest(options);
}
