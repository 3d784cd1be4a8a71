/**
 * What every request is counted by, whatever its route asks for.
 *
 * Owns the recording on the hot path: series are looked up once and kept, what is added often is a plain number that is
 * read when somebody scrapes. Parts with metrics of their own make them from the same registry.
 */
import { STATUS_CODES } from 'node:http';
import {
  AUTH_FAILURE_REASONS,
  type AuthFailureReason,
  FRONT_DOOR_REASONS,
  type FrontDoorReason,
  METRICS,
  UNMATCHED_ROUTE,
  UPSTREAM_ERROR_REASONS,
  type UpstreamErrorReason,
} from '../../schemas/metrics.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { MetricRegistry } from './registry.ts';

export interface Metrics {
  requestStarted(): void;
  /** `route` is the path of the route, undefined when none matched. */
  requestEnded(method: string, route: string | undefined, status: number, ms: number): void;
  /** Requests being served now. */
  readonly activeRequests: number;
  refusedAtFrontDoor(reason: FrontDoorReason): void;
  authFailed(reason: AuthFailureReason): void;
  upstreamAnswered(upstream: string, ms: number): void;
  upstreamFailed(upstream: string, reason: UpstreamErrorReason): void;
}

const METHODS: ReadonlySet<string> = new Set(METRICS.http_server_request_duration_seconds.values.http_request_method);
// The registered ones, and what a client that went away counts as. An upstream can answer with any three digits.
const STATUSES: ReadonlySet<number> = new Set([...Object.keys(STATUS_CODES).map(Number), 499]);
const OTHER_STATUS = 0;

/** The limits and upstreams of `policy` have their series from the start; those of a later policy when they are first used. */
export function createMetrics(registry: MetricRegistry, policy: RuntimePolicy): Metrics {
  const { latencyBucketsMs, routeLabels } = policy.telemetry;
  const boundaries = latencyBucketsMs.map((ms) => ms / 1000);
  let active = 0;
  const requests = registry.histogram('http_server_request_duration_seconds', boundaries);
  // One map for each label: to join the labels into one key would cost more than to look up three.
  const requestTime = keep((route: string) =>
    keep((method: string) =>
      keep((status: number) =>
        requests({
          http_request_method: method,
          http_route: route,
          http_response_status_code: status === OTHER_STATUS ? '_OTHER' : String(status),
        }),
      ),
    ),
  );
  const upstreamTimes = registry.histogram('upstream_request_duration_seconds', boundaries);
  const upstreamTime = keep((upstream: string) => upstreamTimes({ upstream }));
  const frontDoor = registry.counter(
    'front_door_refusals_total',
    FRONT_DOOR_REASONS.map((reason) => ({ reason })),
  );
  const auth = registry.counter(
    'auth_failures_total',
    AUTH_FAILURE_REASONS.map((reason) => ({ reason })),
  );
  const upstreamErrors = registry.counter(
    'upstream_errors_total',
    Object.keys(policy.upstreams).flatMap((upstream) => UPSTREAM_ERROR_REASONS.map((reason) => ({ upstream, reason }))),
  );
  registry.gauge('http_server_active_requests', () => [[active, {}]]);

  return {
    requestStarted() {
      active += 1;
    },
    requestEnded(method, route, status, ms) {
      active -= 1;
      const path = routeLabels ? (route ?? UNMATCHED_ROUTE) : '';
      const known = METHODS.has(method) ? method : '_OTHER';
      requestTime(path)(known)(STATUSES.has(status) ? status : OTHER_STATUS)(ms / 1000);
    },
    get activeRequests() {
      return active;
    },
    refusedAtFrontDoor: (reason) => frontDoor({ reason }),
    authFailed: (reason) => auth({ reason }),
    upstreamAnswered: (upstream, ms) => upstreamTime(upstream)(ms / 1000),
    upstreamFailed: (upstream, reason) => upstreamErrors({ upstream, reason }),
  };
}

/** What is made once for each key. The number of keys is bounded by the policy: routes, methods, status codes, upstreams. */
function keep<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const made = new Map<Key, Made>();
  return (key) => {
    const found = made.get(key);
    if (found !== undefined) return found;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
