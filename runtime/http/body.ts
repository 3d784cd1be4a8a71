/**
 * Reads the whole body of a request, where a policy has to see it before anybody else does.
 *
 * Owns the bounds of that: bytes (announced and counted) and time, which is the route's. The body is read once; policies
 * that come later find it in the exchange, and the proxy sends it from there. Whoever asks has checked before what can be
 * checked without a body: what is held here is held for a caller.
 */
import type { Clock } from '../resilience/clock.ts';
import { type Answer, type Exchange, setField, type Verdict } from './exchange.ts';
import { answerProblem } from './problem.ts';
import { hasBody } from './request-body.ts';

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Puts the body into the exchange; undefined when it is there, else the answer: 413 above `capBytes` or the limit of the
 * route, 408 when it did not arrive within the route's timeout.
 */
export function readBody(exchange: Exchange, capBytes: number, clock: Clock): Verdict | Promise<Verdict> {
  const { body, req, res, route, startedMs } = exchange;
  if (route === undefined) throw new Error('body: a request came this far without a route');
  const limitBytes = Math.min(capBytes, route.bodyLimitBytes);
  if (body !== undefined) return body.length > limitBytes ? answerTooLarge(exchange, limitBytes) : undefined;
  if (!hasBody(req)) {
    exchange.body = EMPTY;
    return undefined;
  }
  const announced = Number(req.headers['content-length'] ?? 0);
  if (announced > limitBytes) return answerTooLarge(exchange, limitBytes);
  if (req.destroyed && !req.complete) return clientGone(exchange);
  if (req.headers.expect !== undefined) res.writeContinue();
  const timeoutMs = Math.max(1, Math.ceil(route.timeoutMs - (clock.nowMs() - startedMs)));
  return new Promise((resolve) => {
    new Reader(exchange, { limitBytes, announced, timeoutMs }, resolve).start();
  });
}

interface Bounds {
  readonly limitBytes: number;
  /** Content-Length; 0 when unknown. */
  readonly announced: number;
  readonly timeoutMs: number;
}

/** A class, since there is one for each body: its methods are made once. */
class Reader {
  readonly #exchange: Exchange;
  readonly #bounds: Bounds;
  readonly #resolve: (verdict: Verdict) => void;
  #held = EMPTY;
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  #isSettled = false;

  constructor(exchange: Exchange, bounds: Bounds, resolve: (verdict: Verdict) => void) {
    this.#exchange = exchange;
    this.#bounds = bounds;
    this.#resolve = resolve;
  }

  start(): void {
    const { req } = this.#exchange;
    this.#timer = setTimeout(this.#onLate, this.#bounds.timeoutMs);
    req.on('data', this.#onData);
    req.on('end', this.#onEnd);
    req.on('error', this.#onGone);
    req.on('close', this.#onGone);
  }

  readonly #onData = (chunk: Buffer): void => {
    const length = this.#length + chunk.length;
    if (length > this.#bounds.limitBytes) {
      this.#settle(answerTooLarge(this.#exchange, this.#bounds.limitBytes));
      return;
    }
    // Most bodies come in one piece, which is kept as it is.
    if (this.#length === 0 && length === this.#bounds.announced) this.#held = chunk;
    else this.#append(chunk, length);
    this.#length = length;
  };

  /** Copies, since a list of pieces could cost a hundred times their bytes: chunks of one byte are legal. */
  #append(chunk: Buffer, length: number): void {
    if (length > this.#held.length) {
      const grown = Buffer.alloc(Math.min(Math.max(length, 2 * this.#held.length), this.#bounds.limitBytes));
      this.#held.copy(grown, 0, 0, this.#length);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#length);
  }

  readonly #onEnd = (): void => {
    this.#exchange.body = this.#held.subarray(0, this.#length);
    this.#settle(undefined);
  };

  readonly #onLate = (): void => this.#settle(answerLate(this.#exchange));
  readonly #onGone = (): void => {
    if (!this.#isSettled) this.#settle(clientGone(this.#exchange));
  };

  #settle(verdict: Verdict): void {
    const { req } = this.#exchange;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    req.off('data', this.#onData);
    req.off('end', this.#onEnd);
    req.off('close', this.#onGone);
    // The listener for errors stays: without one, an error that comes later would end the process.
    if (verdict !== undefined) {
      this.#held = EMPTY;
      req.resume();
    }
    this.#resolve(verdict);
  }
}

/** The answer to a body above a limit. The connection ends with it: nobody reads the rest. */
function answerTooLarge(exchange: Exchange, limitBytes: number): Answer {
  exchange.outcome ??= 'body-too-large';
  const detail = `The body of this request is larger than this resource takes (${limitBytes} bytes).`;
  return closing(exchange, answerProblem(exchange, { status: 413, detail }));
}

function answerLate(exchange: Exchange): Answer {
  exchange.outcome = 'body-late';
  const detail = 'The body of this request took too long to arrive.';
  return closing(exchange, answerProblem(exchange, { status: 408, detail }));
}

function closing(exchange: Exchange, answer: Answer): Answer {
  setField(exchange, 'connection', 'close');
  return answer;
}

/** Nobody is there to read it, but the log says what happened. */
function clientGone(exchange: Exchange): Answer {
  exchange.outcome = 'client-abort';
  return { status: 499, body: undefined };
}
