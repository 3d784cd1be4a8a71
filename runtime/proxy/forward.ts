/**
 * One attempt to send a request to one target, and its response straight to the client.
 *
 * Owns the life of the attempt; the answer says how it ended and never fails. The upstream is read only as fast as the
 * client reads. The response is written by hand and not given to Koa, which can be made to crash by a client that
 * half-closes at the right moment (Koa 3.1 and later), and costs half the throughput.
 *
 * Invariants
 * 1. It settles exactly once, and after that holds no timer, listener or connection.
 * 2. Once a response head was sent, a failure cuts the connection: a client never takes half a body for a whole one. An
 *    event stream that broke between two events ends with an `error` event instead.
 */
import type { Dispatcher } from 'undici';
import type { UpstreamErrorReason } from '../../schemas/metrics.ts';
import { announcesBody, isBodiless } from '../http/content.ts';
import { BodyTooLarge } from '../http/request-body.ts';
import type { AttemptSpan } from '../telemetry/traces/request-tracer.ts';
import type { AttemptOptions, Forwarded, ForwardOutcome, ForwardParts } from './attempt.ts';
import { DEADLINE_FIELD } from './deadline.ts';
import { reasonOf } from './failure-reason.ts';
import { requestHead } from './request-head.ts';
import { sendResponseHead } from './response-head.ts';
import { openStream, type ResponseStream } from './response-stream.ts';

export function forward(forwarded: Forwarded, options: AttemptOptions, parts: ForwardParts): Promise<ForwardOutcome> {
  return new Promise((resolve) => new Attempt(forwarded, options, parts, resolve).start());
}

const ANSWERED: ForwardOutcome = { kind: 'answered' };
const ONE_WRITE_BYTES = 16_384;

/** A class, since there is one for each request: its methods are made once. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #forwarded: Forwarded;
  readonly #options: AttemptOptions;
  readonly #parts: ForwardParts;
  readonly #resolve: (outcome: ForwardOutcome) => void;
  readonly #startedMs: number;
  readonly #span: AttemptSpan | undefined;
  #status: number | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stream: ResponseStream | undefined;
  #isSettled = false;
  #isComplete = false;
  #length: number | undefined;
  #whole: Buffer | undefined;

  constructor(
    forwarded: Forwarded,
    options: AttemptOptions,
    parts: ForwardParts,
    resolve: (outcome: ForwardOutcome) => void,
  ) {
    this.#forwarded = forwarded;
    this.#options = options;
    this.#parts = parts;
    this.#resolve = resolve;
    this.#startedMs = parts.clock.nowMs();
    const { exchange, route } = forwarded;
    const callee = { name: route.upstream, authority: options.target.authority, startedMs: this.#startedMs };
    this.#span = exchange.trace.isSampled ? parts.tracer.startAttempt(exchange, callee) : undefined;
  }

  start(): void {
    const { exchange, route, res, body, deadlineMs } = this.#forwarded;
    const { target, attempt } = this.#options;
    target.active += 1;
    // Gone while its credential was looked up; `close` has passed and will not come again.
    if (res.destroyed) {
      this.#settle({ kind: 'client-abort' });
      return;
    }
    const leftMs = Math.ceil(deadlineMs - this.#startedMs);
    if (leftMs <= 0) {
      this.#fail('timeout', 'the deadline passed before the request was sent');
      return;
    }
    // To the response's end, or to its head for a stream.
    this.#timer = setTimeout(() => this.#fail('timeout', 'the deadline passed'), leftMs);
    res.on('close', this.#onClose);
    const headers = requestHead(exchange, this.#parts.policy, target.authority, this.#span?.traceparent);
    if (route.kind !== 'sse') headers.push(DEADLINE_FIELD, String(leftMs));
    if (attempt > 0) headers.push('x-retry-attempt', String(attempt));
    try {
      target.pool.dispatch(
        {
          method: exchange.method,
          path: exchange.path + exchange.query,
          headers,
          body: body.kind === 'stream' ? body.stream.open() : body.kind === 'whole' ? body.bytes : null,
          headersTimeout: Math.min(target.headersTimeoutMs, leftMs),
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
    if (this.#options.rejects?.(status, headers['retry-after'])) {
      this.#settle({ kind: 'rejected', status });
      this.#controller?.abort(new Error('rejected'));
      return;
    }
    this.#length = lengthOf(headers['content-length']);
    if (exchange.tap?.head(status, headers) === false) {
      this.#withhold();
      return;
    }
    const isSent = sendResponseHead(exchange, res, { status, headers }, policy, phase);
    if (!isSent) this.#fail('protocol', 'the response head cannot be sent on');
    else if (isBodiless(status)) this.#endAtHead(headers);
    else if (route.kind === 'sse') this.#becomeStream(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled || this.#isComplete) return;
    const { res, exchange } = this.#forwarded;
    const isHeld = exchange.tap?.data(chunk) === true;
    // A short body that came in one piece is kept for the end, which follows at once, and leaves with its head.
    if (chunk.length === this.#length && chunk.length <= ONE_WRITE_BYTES) this.#whole = chunk;
    else if (!(this.#stream?.write(chunk) ?? res.write(chunk)) && !isHeld) {
      controller.pause();
      res.once('drain', () => controller.resume());
    }
  }

  onResponseEnd(): void {
    if (this.#isSettled || this.#isComplete) return;
    this.#isComplete = true;
    const { res, exchange } = this.#forwarded;
    exchange.tap?.end();
    // As text, since Node joins a head only with text; latin1 keeps every byte. `close` follows, and settles.
    if (this.#whole === undefined) res.end();
    else res.end(this.#whole.toString('latin1'), 'latin1');
  }

  #endAtHead(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    this.onResponseEnd();
    if (announcesBody(headers)) this.#controller?.abort(new Error('an answer of this status has no content'));
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

  /** From here on only the silence of the upstream is bounded. */
  #becomeStream(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const { route, res } = this.#forwarded;
    clearTimeout(this.#timer);
    this.#options.onStream(res.statusCode);
    this.#stream = openStream({
      res,
      headers,
      keepAliveMs: route.keepAliveMs,
      parts: this.#parts,
      onGoodbye: () => {
        this.#isComplete = true;
        this.#controller?.abort(new Error('closing'));
      },
    });
  }

  readonly #onClose = (): void => {
    this.#settle(this.#forwarded.res.writableFinished ? ANSWERED : { kind: 'client-abort' });
    if (!this.#isComplete) this.#controller?.abort(new Error('client-abort'));
  };

  #withhold(): void {
    // What still comes of this attempt must not touch the answer that is sent in its place.
    this.#isComplete = true;
    this.#settle({ kind: 'withheld' });
    this.#controller?.abort(new Error('withheld'));
  }

  #fail(reason: UpstreamErrorReason, error: string): void {
    const { res, exchange } = this.#forwarded;
    const headSent = res.headersSent;
    const stream = this.#stream;
    this.#settle({ kind: 'failed', reason, headSent, isSent: this.#controller !== undefined, error });
    this.#controller?.abort(new Error(reason));
    if (headSent && stream?.fail(exchange.requestId) !== true) res.destroy();
  }

  #settle(outcome: ForwardOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#options.target.active -= 1;
    clearTimeout(this.#timer);
    this.#span?.end(this.#parts.clock.nowMs(), this.#status, failureOf(outcome));
    this.#stream?.close();
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
