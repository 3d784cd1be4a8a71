/**
 * What the path of a request is put together from.
 *
 * A form of the runtime opens these parts and hands them in; a step of the chain takes the few that it needs.
 */
import type { Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { StepParts, Steps } from '../feature.ts';
import type { KeyDirectory } from '../features/identity/key-directory.ts';
import type { AddressRanges } from '../http/client-address.ts';
import type { Respond } from '../http/exchange.ts';
import type { Readiness } from '../http/health/readiness.ts';
import type { Phase } from '../http/phase.ts';
import type { UpstreamMetrics } from '../proxy/upstream-metrics.ts';
import type { Upstreams } from '../proxy/upstreams.ts';
import type { StreamMetrics } from '../proxy/websocket/stream-metrics.ts';
import type { Tunnels } from '../proxy/websocket/tunnels.ts';
import type { Clock } from '../resilience/clock.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { BugReports } from '../telemetry/errors/bug-reports.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { ObjectiveMeter } from '../telemetry/objective-meter.ts';
import type { RequestTracer } from '../telemetry/traces/request-tracer.ts';

/** What enforcing a policy needs, in every form of the runtime. */
export interface PolicyParts {
  readonly policy: RuntimePolicy;
  readonly digest: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly access: AccessLog;
  readonly tracer: RequestTracer;
  readonly bugs: BugReports;
  readonly metrics: Metrics;
  readonly objectives: ObjectiveMeter;
  readonly phase: Phase;
  readonly proxies: AddressRanges;
  readonly stepParts: StepParts;
  /** The steps of a route that features add. */
  readonly stepsOf: (parts: StepParts, route: Route) => Steps;
  readonly keys: KeyDirectory | undefined;
  readonly adminToken: string | undefined;
  /** Undefined in the library form, which opens no streams of its own. */
  readonly streams: StreamMetrics | undefined;
}

/** What the gateway needs beside. */
export interface AppParts extends PolicyParts {
  readonly readiness: Readiness;
  readonly upstreams: Upstreams;
  /** What stands between the policies and the proxy, such as caches. */
  readonly inFrontOfProxy: (proxy: Respond) => Respond;
  readonly upstreamMetrics: UpstreamMetrics;
  readonly streams: StreamMetrics;
  readonly tunnels: Tunnels;
}
