/**
 * The access log: one JSON object a line, without query strings, cookies, credentials and referrers.
 *
 * Numbers that may be missing or a list are strings. Bytes that are no UTF-8 pass through nginx's JSON escaping; the collector has to
 * replace them.
 */
import { wantsContainers } from '../../derive/policy/placement.ts';
import { directive, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';

const FIELDS: Readonly<Record<string, string>> = {
  time: '"$time_iso8601"',
  request_id: '"$request_id"',
  traceparent: '"$http_traceparent"',
  client: '"$remote_addr"',
  host: '"$host"',
  method: '"$request_method"',
  path: '"$uri"',
  route: '"$route"',
  protocol: '"$server_protocol"',
  tls: '"$ssl_protocol"',
  status: '"$status"',
  bytes: '$body_bytes_sent',
  seconds: '$request_time',
  upstream: '"$upstream_addr"',
  upstream_status: '"$upstream_status"',
  upstream_connect_seconds: '"$upstream_connect_time"',
  upstream_seconds: '"$upstream_response_time"',
  limit: '"$limit_req_status"',
  user_agent: '"$http_user_agent"',
};

export function accessLogNodes(model: Model): readonly NginxNode[] {
  const fields = Object.entries(FIELDS).map(([name, value], index) => `${index === 0 ? '{' : ','}"${name}":${value}`);
  const path = wantsContainers(model) ? '/dev/stdout' : '/var/log/nginx/access.log';
  return [
    directive('log_format', 'edge', 'escape=json', ...[...fields, '}'].map(variables)),
    directive('access_log', path, 'edge'),
  ];
}

/** Where nginx writes what goes wrong. */
export const errorLogPath = (model: Model): string =>
  wantsContainers(model) ? '/dev/stderr' : '/var/log/nginx/error.log';
