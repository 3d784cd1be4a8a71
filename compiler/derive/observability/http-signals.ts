/**
 * What counts as a request, as a failure and as slow: the queries behind objectives, alerts and panels.
 *
 * Owns the meaning of a good request. Names come from `schemas/metrics.ts` for what the runtime measures and from the model for what a
 * service measures itself. Relies on the runtime having a histogram bound at every threshold of the spec.
 */
import type { MetricName } from '../../../schemas/metrics.ts';
import { routeLabel } from '../../../schemas/route-label.ts';
import { formatDecimal, formatPrometheusDuration, inSeconds, type Milliseconds } from '../../../schemas/units/index.ts';
import {
  binary,
  escapeRegex,
  type Matcher,
  matching,
  num,
  oneOf,
  type PromExpr,
  rate,
  ratioOf,
  sum,
} from '../../printers/promql.ts';
import type { Model, RouteModel, ServiceModel } from '../../resolve/model/index.ts';
import { type Counter, growthRate, watchedSince } from './growth.ts';
import { gatewayNames, jobMatchers } from './scrape-targets.ts';

/** Where requests of one service, or one route of it, are measured. */
export interface HttpSignals {
  /** Whose counters they are: its `up` tells whether anything is measured at all. */
  readonly jobs: readonly string[];
  /** Selects their `up`. */
  readonly targets: readonly Matcher[];
  readonly watched: Counter['watched'];
  readonly requests: string;
  readonly requestMatchers: readonly Matcher[];
  readonly statusLabel: string;
  /** Histogram, without the suffix of its series. */
  readonly duration: string;
  readonly durationMatchers: readonly Matcher[];
}

const RUNTIME_DURATION: MetricName = 'http_server_request_duration_seconds';
const RUNTIME_STATUS = 'http_response_status_code';

/** Undefined where nobody measures: no HTTP metrics, no routes, no gateway, or one route of a service whose own metrics know none. */
export function httpSignals(model: Model, service: ServiceModel, routeId?: string): HttpSignals | undefined {
  const { http } = service.metrics;
  if (http.kind === 'none') return undefined;
  if (http.kind === 'own') return routeId === undefined ? ownSignals(model, service, http) : undefined;
  const routes = routeId === undefined ? service.routes : service.routes.filter((route) => route.id === routeId);
  return routes.length === 0 || gatewayNames(model).length === 0
    ? undefined
    : runtimeSignals(model, service, routes, routeId !== undefined);
}

function ownSignals(
  model: Model,
  service: ServiceModel,
  http: { readonly requests: string; readonly statusLabel: string; readonly duration: string },
): HttpSignals {
  const target = jobMatchers(model, [service.name]);
  const { requests, statusLabel, duration } = http;
  return {
    jobs: [service.name],
    targets: target,
    watched: (window) => watchedSince(target, window),
    requests,
    requestMatchers: target,
    statusLabel,
    duration,
    // A refusal is quick and says nothing of how fast the service answers. A histogram without the label is not narrowed by this.
    durationMatchers: [...target, { label: statusLabel, op: '!=', value: '429' }],
  };
}

function runtimeSignals(
  model: Model,
  service: ServiceModel,
  routes: readonly RouteModel[],
  isOneRoute: boolean,
): HttpSignals {
  const jobs = gatewayNames(model);
  const target = jobMatchers(model, jobs);
  const of = (chosen: readonly RouteModel[]): readonly Matcher[] => [
    ...target,
    ...(isOneRoute ? methodMatchers(service, chosen) : []),
    oneOf('http_route', [...new Set(chosen.map(routeLabel))].sort()),
  ];
  // A stream lasts as long as its client stays; that is not latency.
  const plain = routes.filter((route) => route.kind === 'http');
  return {
    jobs,
    targets: target,
    watched: (window) => watchedSince(target, window),
    requests: `${RUNTIME_DURATION}_count`,
    requestMatchers: of(routes),
    statusLabel: RUNTIME_STATUS,
    duration: RUNTIME_DURATION,
    durationMatchers: [...of(plain.length === 0 ? routes : plain), { label: RUNTIME_STATUS, op: '!=', value: '429' }],
  };
}

/** Two routes of one path are told apart by their methods. Where GET is allowed HEAD is too. */
function methodMatchers(service: ServiceModel, [route]: readonly RouteModel[]): readonly Matcher[] {
  if (route === undefined || service.routes.every((other) => other.path !== route.path || other.id === route.id))
    return [];
  const methods = new Set([...route.methods, ...(route.methods.includes('GET') ? ['HEAD'] : [])]);
  return [oneOf('http_request_method', [...methods].sort())];
}

/** Requests a second, those of newborn series among them. */
export const requestRate = (signals: HttpSignals, window: Milliseconds): PromExpr =>
  sum(growthRate(requestsOf(signals), window));

/** Zero, not nothing, while requests are counted and none has failed yet: a counter that was never raised has no series. */
export const failureRate = (signals: HttpSignals, window: Milliseconds): PromExpr =>
  orZero(sum(growthRate(failuresOf(signals), window)), signals, formatPrometheusDuration(window));

export const failureRatio = (signals: HttpSignals, window: Milliseconds): PromExpr =>
  ratioOf(failureRate(signals, window), requestRate(signals, window));

/** What a panel of any range can show: a birth within the range is not in it, for nothing can be divided by the length of a variable. */
export const plainFailureRatio = (signals: HttpSignals, range: string): PromExpr =>
  ratioOf(
    orZero(sum(rate(signals.requests, [...signals.requestMatchers, serverErrors(signals)], range)), signals, range),
    sum(rate(signals.requests, signals.requestMatchers, range)),
  );

/** Requests of one class of status, such as `5..`; zero while there are only others. */
export const plainClassRate = (signals: HttpSignals, statuses: string, range: string): PromExpr =>
  orZero(
    sum(rate(signals.requests, [...signals.requestMatchers, matching(signals.statusLabel, statuses)], range)),
    signals,
    range,
  );

const requestsOf = ({ requests, requestMatchers, watched }: HttpSignals): Counter => ({
  metric: requests,
  matchers: requestMatchers,
  watched,
});

const failuresOf = (signals: HttpSignals): Counter => ({
  ...requestsOf(signals),
  matchers: [...signals.requestMatchers, serverErrors(signals)],
});

const serverErrors = ({ statusLabel }: HttpSignals): Matcher => matching(statusLabel, '5..');

const orZero = (counted: PromExpr, { requests, requestMatchers }: HttpSignals, range: string): PromExpr =>
  binary('or', counted, binary('*', num(0), sum(rate(requests, requestMatchers, range))));

export const timedRate = (signals: HttpSignals, window: Milliseconds): PromExpr =>
  sum(growthRate(timed(signals, '_count'), window));

/** Requests that took longer than `within`, whatever they were answered. */
export const slowRate = (signals: HttpSignals, within: Milliseconds, window: Milliseconds): PromExpr =>
  binary('-', timedRate(signals, window), sum(growthRate(timed(signals, '_bucket', bound(within)), window)));

export const slowRatio = (signals: HttpSignals, within: Milliseconds, window: Milliseconds): PromExpr =>
  ratioOf(slowRate(signals, within, window), timedRate(signals, window));

/** For a quantile: buckets, added up before it is taken, for quantiles cannot be averaged. */
export const bucketRates = (signals: HttpSignals, window: Milliseconds): PromExpr =>
  sum(growthRate(timed(signals, '_bucket'), window), ['le']);

const timed = (
  { duration, durationMatchers, watched }: HttpSignals,
  suffix: '_bucket' | '_count',
  ...more: readonly Matcher[]
): Counter => ({ metric: `${duration}${suffix}`, matchers: [...durationMatchers, ...more], watched });

/** Exporters write a whole bound as `1` or as `1.0`, and Prometheus 3 turns the one into the other. */
function bound(within: Milliseconds): Matcher {
  const text = formatDecimal(inSeconds(within));
  return text.includes('.') ? oneOf('le', [text]) : matching('le', `${escapeRegex(text)}(\\.0)?`);
}
