/**
 * One attempt to send a call to one target, and its response straight to the service that called.
 *
 * Owns the life of the attempt; the answer says how it ended and never fails. The provider is read only as fast as the
 * service reads.
 *
 * Invariants
 * 1. It settles exactly once, when the response is over on both sides, and after that holds no timer or listener.
 * 2. Once a head was sent, a failure cuts the connection: half a body is never taken for a whole one.
 * 3. A response that is not wanted (`wants`) leaves no trace: the next attempt can still answer.
 */

import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { UpstreamErrorReason } from '../../../../schemas/metrics.ts';
import { announcesBody, isBodiless } from '../../../http/content.ts';
import type { ResponseHead } from '../../../http/write-head.ts';
import { flushHead, type HeadFields, writeHead } from '../../../http/write-head.ts';
import { reasonOf } from '../../../proxy/failure-reason.ts';

export type RelayOutcome =
  /** To the last byte, on both sides. */
  | { readonly kind: 'answered'; readonly head: ResponseHead }
  /** A response that `wants` did not want, read to its end. */
  | { readonly kind: 'unwanted'; readonly head: ResponseHead }
  | { readonly kind: 'client-abort' }
  | {
      readonly kind: 'failed';
      readonly reason: UpstreamErrorReason;
      readonly headSent: boolean;
      readonly error: string;
    };

export interface RelayCall {
  readonly dispatcher: Dispatcher;
  readonly method: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: Readable | Buffer | null;
  readonly res: ServerResponse;
  /** What is left of the call's time. */
  readonly timeoutMs: number;
  /** Whether this response is the one to send on. */
  readonly wants: (head: ResponseHead) => boolean;
  /** Fields of the response to the service. */
  readonly fieldsOf: (head: ResponseHead) => HeadFields;
}

export function relay(call: RelayCall): Promise<RelayOutcome> {
  return new Promise((resolve) => new Relay(call, resolve).start());
}

/** An unwanted response up to this length is read, so that its connection can be used again. */
const UNWANTED_BYTES = 65_536;

/** A class, since there is one for each attempt: its methods are made once. */
class Relay implements Dispatcher.DispatchHandler {
  readonly #call: RelayCall;
  readonly #resolve: (outcome: RelayOutcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #head: ResponseHead | undefined;
  #isSettled = false;
  #isComplete = false;
  #isUnwanted = false;
  #unwantedBytes = 0;

  constructor(call: RelayCall, resolve: (outcome: RelayOutcome) => void) {
    this.#call = call;
    this.#resolve = resolve;
  }

  start(): void {
    const { dispatcher, method, path, headers, body, res, timeoutMs } = this.#call;
    if (res.destroyed) {
      this.#settle({ kind: 'client-abort' });
      return;
    }
    this.#timer = setTimeout(() => this.#fail('timeout', 'the time of the call is over'), Math.max(1, timeoutMs));
    res.on('close', this.#onClose);
    try {
      dispatcher.dispatch({ method, path, headers, body }, this);
    } catch (error) {
      this.#fail('protocol', error instanceof Error ? error.message : String(error));
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(new Error('settled'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHead['headers']): void {
    // 1xx is between the provider and us.
    if (status < 200 || this.#isSettled) return;
    const { res, wants, fieldsOf } = this.#call;
    const head = { status, headers };
    this.#head = head;
    this.#isUnwanted = !wants(head);
    if (this.#isUnwanted) return;
    try {
      writeHead(res, status, fieldsOf(head));
      // An event stream may be silent for long after its head.
      flushHead(res);
    } catch {
      this.#fail('protocol', 'the head of the response cannot be sent on');
      return;
    }
    if (isBodiless(status)) this.#endAtHead(headers);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled || this.#isComplete) return;
    if (this.#isUnwanted) {
      this.#unwantedBytes += chunk.length;
      if (this.#unwantedBytes > UNWANTED_BYTES) this.#endUnwanted();
      return;
    }
    const { res } = this.#call;
    if (res.write(chunk)) return;
    controller.pause();
    res.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    if (this.#isSettled || this.#isComplete) return;
    this.#isComplete = true;
    // `close` follows the end, and settles.
    if (this.#isUnwanted) this.#endUnwanted();
    else this.#call.res.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isComplete || this.#isSettled) return;
    // The status has said what there was to say.
    if (this.#isUnwanted) this.#endUnwanted();
    else this.#fail(reasonOf(error, this.#head !== undefined), error.message);
  }

  #endAtHead(headers: ResponseHead['headers']): void {
    this.onResponseEnd();
    if (announcesBody(headers)) this.#controller?.abort(new Error('an answer of this status has no content'));
  }

  readonly #onClose = (): void => {
    const head = this.#head;
    const isWhole = this.#isComplete && this.#call.res.writableFinished;
    this.#settle(isWhole && head !== undefined ? { kind: 'answered', head } : { kind: 'client-abort' });
    if (!this.#isComplete) this.#controller?.abort(new Error('client-abort'));
  };

  #endUnwanted(): void {
    if (this.#head === undefined) return;
    this.#settle({ kind: 'unwanted', head: this.#head });
    if (!this.#isComplete) this.#controller?.abort(new Error('unwanted'));
  }

  #fail(reason: UpstreamErrorReason, error: string): void {
    const { res } = this.#call;
    const { headersSent: headSent } = res;
    this.#settle({ kind: 'failed', reason, headSent, error });
    this.#controller?.abort(new Error(reason));
    if (headSent) res.destroy();
  }

  #settle(outcome: RelayOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#call.res.off('close', this.#onClose);
    this.#resolve(outcome);
  }
}
