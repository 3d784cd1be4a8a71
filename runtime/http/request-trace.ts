/** The place of one request in its trace (W3C Trace Context), as telemetry gave it. */
export interface RequestTrace {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits: the span of this request here, whether it is recorded or not. */
  readonly spanId: string;
  /** The span of the caller. */
  readonly parentSpanId: string | undefined;
  readonly isSampled: boolean;
  /** When the request began, in milliseconds since 1970; 0 where nothing is recorded. */
  readonly startedWallMs: number;
  /** `traceparent` for whoever is called next; undefined where none is forwarded. */
  readonly forwarded: string | undefined;
  /** Whether `tracestate` and `baggage` of the caller go on. */
  readonly carriesState: boolean;
  /** Calls to upstreams and providers so far, counted where they are recorded. */
  attempts: number;
}
