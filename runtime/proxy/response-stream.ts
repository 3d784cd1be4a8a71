/**
 * A response that has become a stream without end: counted, and ended by a goodbye when the process stops.
 *
 * Owns what is added to it; where an event may be added is known to event-stream.ts. A stream that is compressed, or is no
 * event stream after all, is passed on as it is and just ends.
 */
import type { ServerResponse } from 'node:http';
import type { Phase } from '../http/phase.ts';
import { formatProblem } from '../http/problem.ts';
import { canAddEvents, EventStream } from './event-stream.ts';
import type { StreamMetrics } from './websocket/stream-metrics.ts';

export interface ResponseStream {
  /** Passes bytes on; false when the client reads more slowly than they come. */
  write(chunk: Buffer): boolean;
  /** Ends with an `error` event; false, with nothing done, where that would break an event. */
  fail(requestId: string): boolean;
  /** Stops its timers and its waiting for the goodbye. */
  close(): void;
}

export interface ResponseStreamOptions {
  readonly res: ServerResponse;
  /** Of the upstream's response. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly keepAliveMs: number | undefined;
  readonly parts: { readonly phase: Phase; readonly streams: StreamMetrics };
  /** Called just before the stream ends because the process stops. */
  readonly onGoodbye: () => void;
}

const STREAM_BROKE = { status: 502, detail: 'The service behind broke off; the events so far are complete.' };

export function openStream(options: ResponseStreamOptions): ResponseStream {
  const { res, headers, keepAliveMs, onGoodbye } = options;
  const { phase, streams } = options.parts;
  const events = canAddEvents(headers) && res.req.method !== 'HEAD' ? new EventStream({ res, keepAliveMs }) : undefined;
  streams.eventStreamOpened();
  events?.open();

  function sayGoodbye(): void {
    if (events !== undefined) {
      events.goodbye(onGoodbye);
      return;
    }
    onGoodbye();
    res.end();
  }

  // A head that came after the process began to close has missed the call.
  const dropGoodbye = phase.name === 'closing' ? undefined : phase.onClosing(sayGoodbye);
  if (dropGoodbye === undefined) sayGoodbye();

  return {
    write: (chunk) => events?.write(chunk) ?? res.write(chunk),
    fail: (requestId) => events?.fail(formatProblem(STREAM_BROKE, requestId)) ?? false,
    close() {
      dropGoodbye?.();
      events?.close();
      streams.eventStreamClosed();
    },
  };
}
