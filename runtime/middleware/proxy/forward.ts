/**
 * One attempt to send a request to one target, and its response straight to the client.
 *
 * Owns the life of the attempt; the answer says how it ended and never fails. The upstream is read only as fast as the
 * client reads. The response is written by hand and not given to Koa, which can be made to crash by a client that
 * half-closes at the right moment (Koa 3.1 and later), and costs half the throughput.
 *
 * Invariants
 * 1. It settles exactly once, and after that holds no timer, listener or connection.
 * 2. Once a response head was sent, a failure cuts the connection: a client never takes half a body for a whole one.
 */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamErrorReason } from '../../../schemas/metrics.ts';
import type { Clock } from '../../policies/clock.ts';
import { BodyTooLarge } from './request-body.ts';
import type { UpstreamTarget } from './upstreams.ts';

export type ForwardOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'client-abort' }
  | { readonly kind: 'body-too-large'; readonly headSent: boolean }
  | {
      readonly kind: 'failed';
      readonly reason: UpstreamErrorReason;
      readonly headSent: boolean;
      readonly error: string;
    };

export interface ForwardOptions {
  readonly target: UpstreamTarget;
  readonly method: string;
  readonly path: string;
  readonly head: string[];
  readonly body: Readable | null;
  readonly res: ServerResponse;
  /** Milliseconds left to the response's end, or to its head for a stream. */
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly isStream: boolean;
  readonly clock: Clock;
  /** Sets status and headers on `res`; false when the upstream's head cannot be sent. */
  readonly sendHead: (status: number, headers: Readonly<Record<string, string | string[] | undefined>>) => boolean;
  readonly onHead: (ms: number) => void;
  /** Calls back when event streams should end; the answer takes the callback away. */
  readonly onClosing: (callback: () => void) => () => void;
}

const ANSWERED: ForwardOutcome = { kind: 'answered' };
const ONE_WRITE_BYTES = 16_384;

export function forward(options: ForwardOptions): Promise<ForwardOutcome> {
  const { target, method, path, head, body, res, timeoutMs, idleTimeoutMs, isStream, clock } = options;
  return new Promise((resolve) => {
    const startedMs = clock.nowMs();
    let controller: Dispatcher.DispatchController | undefined;
    let isSettled = false;
    let isComplete = false;
    let length: number | undefined;
    let whole: Buffer | undefined;

    const timer = setTimeout(() => fail('timeout', 'the route timeout passed'), timeoutMs);
    const dropGoodbye = isStream ? options.onClosing(endStream) : undefined;
    res.on('close', onClientClose);
    res.on('drain', onDrain);

    function settle(outcome: ForwardOutcome): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      dropGoodbye?.();
      res.off('close', onClientClose);
      res.off('drain', onDrain);
      resolve(outcome);
    }

    function fail(reason: UpstreamErrorReason, error: string): void {
      const headSent = res.headersSent;
      settle({ kind: 'failed', reason, headSent, error });
      controller?.abort(new Error(reason));
      if (headSent) res.destroy();
    }

    function onClientClose(): void {
      settle(res.writableFinished ? ANSWERED : { kind: 'client-abort' });
      if (!isComplete) controller?.abort(new Error('client-abort'));
    }

    function onDrain(): void {
      controller?.resume();
    }

    function endStream(): void {
      if (!res.headersSent) return;
      isComplete = true;
      controller?.abort(new Error('closing'));
      res.end(onSent);
    }

    function onSent(): void {
      settle(ANSWERED);
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (isSettled) started.abort(new Error('settled'));
      },
      onResponseStart(_controller, status, headers) {
        // 1xx is between the upstream and us.
        if (status < 200 || isSettled) return;
        options.onHead(clock.nowMs() - startedMs);
        length = lengthOf(headers['content-length']);
        if (isStream) clearTimeout(timer);
        if (!options.sendHead(status, headers)) fail('protocol', 'the response head cannot be sent on');
      },
      onResponseData(current, chunk) {
        if (isSettled) return;
        // A short body that came in one piece is kept for the end, which follows at once, and leaves with its head.
        if (chunk.length === length && chunk.length <= ONE_WRITE_BYTES) whole = chunk;
        else if (!res.write(chunk)) current.pause();
      },
      onResponseEnd() {
        isComplete = true;
        if (isSettled) return;
        // As text, since Node joins a head only with text; latin1 keeps every byte.
        if (whole !== undefined) res.end(whole.toString('latin1'), 'latin1', onSent);
        else res.end(onSent);
      },
      onResponseError(_controller, error) {
        if (isComplete) return;
        if (error instanceof BodyTooLarge) {
          const headSent = res.headersSent;
          settle({ kind: 'body-too-large', headSent });
          if (headSent) res.destroy();
        } else fail(reasonOf(error, res.headersSent), error.message);
      },
    };

    try {
      target.pool.dispatch(
        {
          method,
          path,
          headers: head,
          body,
          headersTimeout: Math.min(target.headersTimeoutMs, timeoutMs),
          bodyTimeout: idleTimeoutMs,
        },
        handler,
      );
    } catch (error) {
      fail('protocol', error instanceof Error ? error.message : String(error));
    }
  });
}

function lengthOf(field: string | string[] | undefined): number | undefined {
  return typeof field === 'string' ? Number(field) : undefined;
}

function reasonOf(error: Error, headSent: boolean): UpstreamErrorReason {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'connect-timeout';
    case 'UND_ERR_HEADERS_TIMEOUT':
      return 'timeout';
    case 'UND_ERR_BODY_TIMEOUT':
      return 'idle-timeout';
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'connect';
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'EPIPE':
      return 'reset';
    default:
      return headSent ? 'reset' : 'protocol';
  }
}
