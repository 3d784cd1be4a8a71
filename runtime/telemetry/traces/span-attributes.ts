/**
 * What spans tell of a request and of its calls.
 *
 * Owns which attributes leave the process: a closed list of names of the policy, numbers and standard words. No query, no
 * path beyond the route's own, no header, no body, and of the client's address only the network.
 *
 * Names are the stable ones of https://opentelemetry.io/docs/specs/semconv/http/http-spans/; `url.full` is left out on
 * purpose, as it holds the caller's path and query.
 */
import { type Attributes, SpanKind } from '@opentelemetry/api';
import { METRICS } from '../../../schemas/metrics.ts';
import type { Exchange } from '../../http/exchange.ts';
import { networkOf } from '../caller-data.ts';
import type { Callee } from './request-tracer.ts';

export interface SpanFacts {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly hasFailed: boolean;
}

/** The span of a request, from its head to the end of its response. `digest`: of the policy that it met. */
export function serverSpan(exchange: Exchange, status: number, digest: string): SpanFacts {
  const { route, outcome } = exchange;
  const method = methodOf(exchange);
  const attributes: Attributes = {
    'http.request.method': method,
    'http.response.status_code': status,
    'url.scheme': 'http',
    'client.address': networkOf(exchange.client),
    'seaworthy.request_id': exchange.requestId,
    'seaworthy.policy.digest': digest,
  };
  if (route !== undefined) attributes['http.route'] = route.path;
  const reason = reasonOf(outcome);
  if (reason !== undefined) attributes['seaworthy.outcome'] = reason;
  if (status >= 500) attributes['error.type'] = reason ?? String(status);
  return {
    name: route === undefined ? method : `${method} ${route.path}`,
    kind: SpanKind.SERVER,
    attributes,
    hasFailed: status >= 500,
  };
}

export interface AttemptRecord {
  readonly exchange: Exchange;
  readonly callee: Callee;
  /** 0 for the first call of a request. */
  readonly resend: number;
  readonly status: number | undefined;
  readonly failure: string | undefined;
}

/** The span of one call to a service behind. */
export function clientSpan({ exchange, callee, resend, status, failure }: AttemptRecord): SpanFacts {
  const { host, port } = splitAuthority(callee.authority);
  const method = methodOf(exchange);
  const attributes: Attributes = {
    'http.request.method': method,
    'server.address': host,
    'seaworthy.upstream': callee.name,
  };
  if (port !== undefined) attributes['server.port'] = port;
  if (exchange.route !== undefined) attributes['url.template'] = exchange.route.path;
  if (status !== undefined) attributes['http.response.status_code'] = status;
  if (resend > 0) attributes['http.request.resend_count'] = resend;
  // For a client, 4xx is a failure too.
  const hasFailed = failure !== undefined || (status !== undefined && status >= 400);
  if (hasFailed) attributes['error.type'] = failure ?? String(status);
  return { name: method, kind: SpanKind.CLIENT, attributes, hasFailed };
}

const METHODS: ReadonlySet<string> = new Set(METRICS.http_server_request_duration_seconds.values.http_request_method);

function methodOf({ method }: Exchange): string {
  return METHODS.has(method) ? method : '_OTHER';
}

/** The word before the details: `rate-limited:per-client`, `upstream-timeout: ...`. A sentence is for people only. */
function reasonOf(outcome: string | undefined): string | undefined {
  const word = outcome?.split(':', 1)[0];
  return word !== undefined && /^[a-z0-9-]{1,64}$/.test(word) ? word : undefined;
}

function splitAuthority(authority: string): { readonly host: string; readonly port: number | undefined } {
  const [, host = authority, port] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}
