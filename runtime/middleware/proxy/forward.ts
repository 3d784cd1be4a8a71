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
import type { Route, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import type { Clock } from '../../policies/clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { AttemptSpan, RequestTracer } from '../../telemetry/traces/request-tracer.ts';
import type { Exchange } from '../exchange.ts';
import { reasonOf } from './failure-reason.ts';
import { BodyTooLarge } from './request-body.ts';
import { requestHead } from './request-head.ts';
import { sendResponseHead } from './response-head.ts';
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

/** What all requests share. */
export interface ForwardParts {
  readonly policy: RuntimePolicy;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly tracer: RequestTracer;
  readonly phase: Phase;
}

/** What one request brings. */
export interface Forwarded {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly res: ServerResponse;
  readonly body: Readable | Buffer | null;
}

export function forward(forwarded: Forwarded, target: UpstreamTarget, parts: ForwardParts): Promise<ForwardOutcome> {
  return new Promise((resolve) => new Attempt(forwarded, target, parts, resolve).start());
}

const ANSWERED: ForwardOutcome = { kind: 'answered' };
const ONE_WRITE_BYTES = 16_384;

/** A class, since there is one for each request: its methods are made once. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #forwarded: Forwarded;
  readonly #target: UpstreamTarget;
  readonly #parts: ForwardParts;
  readonly #resolve: (outcome: ForwardOutcome) => void;
  readonly #startedMs: number;
  readonly #span: AttemptSpan | undefined;
  #status: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #dropGoodbye: (() => void) | undefined;
  #isSettled = false;
  #isComplete = false;
  #length: number | undefined;
  #whole: Buffer | undefined;

  constructor(
    forwarded: Forwarded,
    target: UpstreamTarget,
    parts: ForwardParts,
    resolve: (outcome: ForwardOutcome) => void,
  ) {
    this.#forwarded = forwarded;
    this.#target = target;
    this.#parts = parts;
    this.#resolve = resolve;
    this.#startedMs = parts.clock.nowMs();
    const { exchange, route } = forwarded;
    const callee = { name: route.upstream, authority: target.authority, startedMs: this.#startedMs };
    this.#span = exchange.trace.isSampled ? parts.tracer.startAttempt(exchange, callee) : undefined;
  }

  start(): void {
    const { exchange, route, res, body } = this.#forwarded;
    const { policy, phase } = this.#parts;
    // Gone while its credential was looked up; `close` has passed and will not come again.
    if (res.destroyed) {
      this.#settle({ kind: 'client-abort' });
      return;
    }
    // To the response's end, or to its head for a stream.
    const timeoutMs = Math.max(1, Math.ceil(route.timeoutMs - (this.#startedMs - exchange.startedMs)));
    this.#timer = setTimeout(() => this.#fail('timeout', 'the route timeout passed'), timeoutMs);
    if (route.kind === 'sse') this.#dropGoodbye = phase.onClosing(() => this.#endStream());
    res.on('close', this.#onClose);
    const { pool, authority, headersTimeoutMs } = this.#target;
    try {
      pool.dispatch(
        {
          method: exchange.method,
          path: exchange.path + exchange.query,
          headers: requestHead(exchange, policy, authority, this.#span?.traceparent),
          body,
          headersTimeout: Math.min(headersTimeoutMs, timeoutMs),
          bodyTimeout: route.idleTimeoutMs,
        },
        this,
      );
    } catch (error) {
      this.#fail('protocol', error instanceof Error ? error.message : String(error));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(new Error('settled'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 1xx is between the upstream and us.
    if (status < 200 || this.#isSettled) return;
    const { exchange, route, res } = this.#forwarded;
    const { policy, phase, clock, metrics } = this.#parts;
    this.#status = status;
    exchange.upstreamMs = clock.nowMs() - this.#startedMs;
    metrics.upstreamAnswered(route.upstream, exchange.upstreamMs);
    this.#length = lengthOf(headers['content-length']);
    if (route.kind === 'sse') clearTimeout(this.#timer);
    const isSent = sendResponseHead(exchange, res, { status, headers }, policy, phase);
    if (!isSent) this.#fail('protocol', 'the response head cannot be sent on');
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return;
    const { res } = this.#forwarded;
    // A short body that came in one piece is kept for the end, which follows at once, and leaves with its head.
    if (chunk.length === this.#length && chunk.length <= ONE_WRITE_BYTES) this.#whole = chunk;
    else if (!res.write(chunk)) {
      controller.pause();
      res.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    this.#isComplete = true;
    if (this.#isSettled) return;
    const { res } = this.#forwarded;
    // As text, since Node joins a head only with text; latin1 keeps every byte. `close` follows, and settles.
    if (this.#whole === undefined) res.end();
    else res.end(this.#whole.toString('latin1'), 'latin1');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isComplete) return;
    const { res } = this.#forwarded;
    const headSent = res.headersSent;
    if (error instanceof BodyTooLarge) {
      this.#settle({ kind: 'body-too-large', headSent });
      if (headSent) res.destroy();
    } else this.#fail(reasonOf(error, headSent), error.message);
  }

  readonly #onClose = (): void => {
    this.#settle(this.#forwarded.res.writableFinished ? ANSWERED : { kind: 'client-abort' });
    if (!this.#isComplete) this.#controller?.abort(new Error('client-abort'));
  };

  #endStream(): void {
    const { res } = this.#forwarded;
    if (!res.headersSent) return;
    this.#isComplete = true;
    this.#controller?.abort(new Error('closing'));
    res.end();
  }

  #fail(reason: UpstreamErrorReason, error: string): void {
    const { res } = this.#forwarded;
    const headSent = res.headersSent;
    this.#settle({ kind: 'failed', reason, headSent, error });
    this.#controller?.abort(new Error(reason));
    if (headSent) res.destroy();
  }

  #settle(outcome: ForwardOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#dropGoodbye?.();
    this.#span?.end(this.#parts.clock.nowMs(), this.#status, failureOf(outcome));
    this.#forwarded.res.off('close', this.#onClose);
    this.#resolve(outcome);
  }
}

/** What went wrong with the call. A client that went away is nobody's failure. */
function failureOf(outcome: ForwardOutcome): string | undefined {
  return outcome.kind === 'failed' ? outcome.reason : undefined;
}

function lengthOf(field: string | string[] | undefined): number | undefined {
  return typeof field === 'string' ? Number(field) : undefined;
}
