/**
 * Upstreams and the headers of requests to them.
 *
 * Owns every `proxy_set_header`, at one level: a single one in a location would drop all others, and the upstream would see nginx as the
 * client. Addresses come from `policy/placement.ts`, the same that the runtime listens on.
 */

import { idleTimeTo } from '../../derive/connection-pool.ts';
import { nginxEdgeOf, resolvesUpstreams } from '../../derive/edge/nginx-pods.ts';
import { gatewayOf, instancesOf, runtimeInstances } from '../../derive/runtime-policy/placement.ts';
import { from } from '../../marks.ts';
import { block, comment, directive, gap, mapKey, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';
import { type EdgePlan, RUNTIME_UPSTREAM } from './edge-plan.ts';

/** Idle connections end here first, or requests race the close of the service. More would only hold memory. */
const LONGEST_IDLE_MS = 4_000;

export function upstreamNodes(model: Model, plan: EdgePlan): readonly NginxNode[] {
  const names = [...new Set(plan.groups.flatMap(({ routes }) => routes.map(({ upstream }) => upstream)))].sort();
  return names.flatMap((name, index) => [...(index === 0 ? [] : [gap]), ...upstreamBlock(model, name)]);
}

function upstreamBlock(model: Model, name: string): readonly NginxNode[] {
  const service = model.services.find((candidate) => candidate.name === name);
  const isRuntime = name === RUNTIME_UPSTREAM;
  const called = isRuntime ? gatewayOf(model) : service;
  const idleMs = Math.min(LONGEST_IDLE_MS, called === undefined ? LONGEST_IDLE_MS : idleTimeTo(called));
  const instances = isRuntime || service === undefined ? runtimeInstances(model) : instancesOf(model, service);
  return [
    comment(
      isRuntime
        ? `The Seaworthy runtime${gatewayOf(model) === undefined ? '' : ` (service ${gatewayOf(model)?.name})`}.`
        : `Service ${name}.`,
    ),
    ...(nginxEdgeOf(model) === undefined ? [] : [comment(lookUpOf(model))]),
    block(
      'upstream',
      [name],
      [
        directive('zone', `upstream_${name}`, '64k'),
        ...instances.map((instance) => {
          const server = directive('server', instance, ...(resolvesUpstreams(model) ? ['resolve'] : []));
          return called === undefined ? server : from(called.origin.of('port'), server);
        }),
        directive('keepalive', '64'),
        directive('keepalive_timeout', idleMs % 1000 === 0 ? `${idleMs / 1000}s` : `${idleMs}ms`),
      ],
    ),
  ];
}

const lookUpOf = (model: Model): string =>
  resolvesUpstreams(model)
    ? 'Looked up again while nginx runs, so that a Service may be made anew.'
    : 'Looked up when nginx starts: a Service keeps its address, and by a variable the connections would not be kept alive.';

/** How requests are forwarded, for `http`. */
export function forwardingNodes(plan: EdgePlan): readonly NginxNode[] {
  const sockets = plan.groups
    .flatMap(({ routes }) => routes.map(({ route }) => route))
    .filter((route) => route.kind === 'websocket' || route.upgrade);
  const set = (name: string, value: string) =>
    directive('proxy_set_header', name, value === '' ? '' : variables(value));
  return [
    comment('Without these two lines nginx opens a new connection for each request.'),
    directive('proxy_http_version', '1.1'),
    set('Connection', sockets.length === 0 ? '' : '$upstream_connection'),
    set('Upgrade', sockets.length === 0 ? '' : '$upstream_upgrade'),
    gap,
    comment(
      'Never write proxy_set_header into a location: it would drop every one of these. X-Forwarded-For is replaced, not extended,',
    ),
    comment('so that nothing a client wrote there is passed on.'),
    set('Host', '$host'),
    set('X-Real-IP', '$remote_addr'),
    set('X-Forwarded-For', '$remote_addr'),
    set('X-Forwarded-Proto', '$scheme'),
    set('X-Forwarded-Host', '$host'),
    set('X-Request-Id', '$request_id'),
    set('Forwarded', ''),
    set('Proxy', ''),
    gap,
    directive('proxy_connect_timeout', '2s'),
    comment(
      'Another instance is asked only while nothing has been sent, and never twice for requests that change something.',
    ),
    directive('proxy_next_upstream', 'error', 'timeout'),
    directive('proxy_next_upstream_tries', '2'),
    directive('proxy_next_upstream_timeout', '5s'),
    ...(sockets.length === 0 ? [] : [gap, ...socketMaps(sockets.map((route) => route.id))]),
  ];
}

/** Only routes that speak WebSocket may upgrade, and only to it. */
const socketMaps = (ids: readonly string[]): readonly NginxNode[] => [
  comment('Only these routes may switch protocols, and only to WebSocket.'),
  block(
    'map',
    [variables('$route'), variables('$asked_upgrade')],
    [directive('default', ''), ...ids.map((id) => directive(mapKey(id), variables('$http_upgrade')))],
  ),
  block(
    'map',
    [variables('$asked_upgrade'), variables('$upstream_upgrade')],
    [directive('default', ''), directive('websocket', 'websocket')],
  ),
  block(
    'map',
    [variables('$upstream_upgrade'), variables('$upstream_connection')],
    [directive('default', 'upgrade'), directive('', '')],
  ),
];
