/**
 * What a started OpenTelemetry SDK hands to a gateway.
 *
 * A process has one SDK, so whoever owns the process starts it: `startSdk` (start-sdk.ts) is handed to `createRuntime` by
 * the program. Without it there are trace ids and scraped metrics, and nothing is sent.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Environment } from '../environment/environment.ts';
import type { Metering } from './metering.ts';
import type { StartSpan } from './traces/late-ids.ts';
import type { Sampling } from './traces/sampling.ts';
import type { SpanCounts } from './traces/span-counts.ts';

export interface Sdk {
  /** Undefined when no traces are sent. */
  readonly tracing: Tracing | undefined;
  readonly metering: Metering;
  /** Sends what waits, for a bounded time; what is left then is counted as dropped. */
  shutdown(): Promise<void>;
}

export interface Tracing {
  readonly startSpan: StartSpan;
  readonly sampling: Sampling;
  /** Whether the ratio of the sampling holds this trace. */
  isInShare(traceId: string): boolean;
  readonly spans: SpanCounts;
}

export interface SdkOptions {
  readonly policy: RuntimePolicy;
  readonly env: Environment;
  readonly log: SdkLog;
}

export interface SdkLog {
  info(message: string): void;
  warn(fields: { readonly error: string }, message: string): void;
}

export type StartedSdk =
  | { readonly kind: 'started'; readonly sdk: Sdk }
  | { readonly kind: 'off' }
  /** A variable holds something unusable. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export type StartSdk = (options: SdkOptions) => Promise<StartedSdk>;
