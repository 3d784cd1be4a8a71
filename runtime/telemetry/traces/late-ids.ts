/** Spans that are made when they are over, with the ids that the log and the next service have been told already. */
import type { Context, Span, SpanOptions, Tracer } from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

export type StartSpan = (ids: SpanIds, name: string, options: SpanOptions, parent: Context) => Span;

export interface LateIds {
  readonly generator: IdGenerator;
  /** Starts spans of this tracer, which asks the generator. */
  starterOf(tracer: Tracer): StartSpan;
}

/** `chance` names the spans of others, which nobody has named. */
export function createLateIds(chance: IdGenerator): LateIds {
  let next: SpanIds | undefined;
  return {
    generator: {
      generateTraceId: () => next?.traceId ?? chance.generateTraceId(),
      generateSpanId: () => next?.spanId ?? chance.generateSpanId(),
    },
    starterOf: (tracer) => (ids, name, options, parent) => {
      next = ids;
      const span = tracer.startSpan(name, options, parent);
      next = undefined;
      return span;
    },
  };
}
