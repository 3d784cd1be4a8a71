/**
 * The access log: one JSON object a line, without query strings, cookies, credentials and referrers. And where errors are written.
 *
 * Follows `log.callers` of the gateway, as the runtime's own log does: minimised, a line holds the network of a caller and the path of the
 * route, no whole address, no program of the user. Numbers that may be missing or a list are strings. Bytes that are no UTF-8 pass
 * through nginx's JSON escaping; the collector has to replace them.
 */
import { gatewayOf, wantsContainers } from '../../derive/runtime-policy/placement.ts';
import { block, comment, directive, mapKey, type NginxNode, text, variables } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { EdgePlan } from './edge-plan.ts';

const FIELDS: Readonly<Record<string, string>> = {
  time: '"$time_iso8601"',
  request_id: '"$request_id"',
  traceparent: '"$http_traceparent"',
  client: '"$remote_addr"',
  host: '"$host"',
  method: '"$request_method"',
  path: '"$uri"',
  route: '"$told_route"',
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

const { user_agent: _program, ...ABOUT_REQUESTS } = FIELDS;
const MINIMISED: typeof FIELDS = { ...ABOUT_REQUESTS, client: '"$client_told"', path: '"$path_told"' };

/** Whether telemetry says of callers as little as it can. */
const isMinimised = (model: Model): boolean => gatewayOf(model)?.runtime?.log.callers === 'minimised';

export function accessLogNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const fields = Object.entries(isMinimised(model) ? MINIMISED : FIELDS).map(
    ([name, value], index) => `${index === 0 ? '{' : ','}"${name}":${value}`,
  );
  const path = wantsContainers(model) ? '/dev/stdout' : '/var/log/nginx/access.log';
  return [
    ...(isMinimised(model) ? [...addressMap(), ...pathMaps(plan)] : []),
    directive('log_format', 'edge', 'escape=json', ...[...fields, '}'].map(variables)),
    directive('access_log', path, 'edge'),
  ];
}

/** The first 24 bits of an IPv4 address, 48 of an IPv6 one, as the runtime writes them. nginx leaves out a run of zeros. */
const addressMap = (): readonly NginxNode[] => [
  comment('Of a caller the log keeps the network only.'),
  block(
    'map',
    [variables('$remote_addr'), variables('$client_told')],
    [
      directive('default', ''),
      directive('~^(?<net4>[0-9]+\\.[0-9]+\\.[0-9]+)\\.', variables('$net4.0/24')),
      directive('~^(?<net6>[0-9a-f]+:[0-9a-f]+:[0-9a-f]+):', variables('$net6::/48')),
      directive('~^(?<net6_of_two>[0-9a-f]+:[0-9a-f]+)::', variables('$net6_of_two:0::/48')),
      directive('~^(?<net6_of_one>[0-9a-f]+)::', variables('$net6_of_one:0:0::/48')),
      directive('~^::', '0:0:0::/48'),
    ],
  ),
];

/** What a caller appends to a route's path may be a name, an e-mail address or a question. */
const pathMaps = ({ groups }: EdgePlan): readonly NginxNode[] => [
  comment('Of a path it keeps what the route declares, and that there was more.'),
  block(
    'map',
    [variables('$told_route'), variables('$path_declared')],
    [
      directive('default', ''),
      ...groups.flatMap(({ path, routes }) => routes.map(({ route }) => directive(mapKey(route.id), text(path)))),
    ],
  ),
  block(
    'map',
    [variables('$path_declared $uri'), variables('$path_told')],
    [
      directive('default', variables('$path_declared…')),
      directive('~^ ', ''),
      directive('~^(?<whole_path>\\S+) \\k<whole_path>$', variables('$path_declared')),
    ],
  ),
];

/**
 * Where nginx writes what goes wrong. Its lines name the address and the request of a caller, and nothing leaves them out; minimised, only
 * what concerns the process itself is written. What failed for a request is in the access log too, as status, upstream and times.
 */
export const errorLogNode = (model: Model): NginxNode =>
  directive(
    'error_log',
    wantsContainers(model) ? '/dev/stderr' : '/var/log/nginx/error.log',
    isMinimised(model) ? 'alert' : 'warn',
  );
