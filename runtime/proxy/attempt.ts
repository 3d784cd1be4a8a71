/** What an attempt to forward is made of, and how it can end. */
import type { ServerResponse } from 'node:http';
import type { UpstreamErrorReason } from '../../schemas/metrics.ts';
import type { Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Phase } from '../http/phase.ts';
import type { RequestBody } from '../http/request-body.ts';
import type { Clock } from '../resilience/clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { RequestTracer } from '../telemetry/traces/request-tracer.ts';
import type { UpstreamTarget } from './upstream-target.ts';
import type { StreamMetrics } from './websocket/stream-metrics.ts';

export type ForwardOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'client-abort' }
  /** A tap answers in place of the response. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'body-too-large'; readonly headSent: boolean }
  /** The breaker let nothing through. */
  | { readonly kind: 'refused'; readonly retryInMs: number }
  /** An answer that was given up for another attempt; nothing of it was sent. */
  | { readonly kind: 'rejected'; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly reason: UpstreamErrorReason;
      readonly headSent: boolean;
      /** Whether anything of the request may have reached the target. */
      readonly isSent: boolean;
      readonly error: string;
    };

/** What all requests share. */
export interface ForwardParts {
  readonly policy: RuntimePolicy;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly tracer: RequestTracer;
  readonly streams: StreamMetrics;
  readonly phase: Phase;
}

/** What one request brings. */
export interface Forwarded {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly res: ServerResponse;
  readonly body: Exclude<RequestBody, { kind: 'too-large' }>;
  /** When it must be over, by the clock that never goes back. */
  readonly deadlineMs: number;
  /** Whether a caller left less time than the route has. */
  readonly isShortened: boolean;
}

/** What one attempt brings. */
export interface AttemptOptions {
  readonly target: UpstreamTarget;
  /** 0 for the first. */
  readonly attempt: number;
  /** Whether an answer is to be given up for another attempt. Undefined: never. */
  readonly rejects: ((status: number, retryAfter: string | string[] | undefined) => boolean) | undefined;
  /** Called when the response has become a stream without end: what the target is worth is known then. */
  readonly onStream: (status: number) => void;
}
