/**
 * `nginx.conf`: the process, the limits of connections, and the includes in reading order.
 */

import { EDGE_PODS } from '../../../schemas/kubernetes-conventions.ts';
import { formatNginxTime, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import {
  clusterResolver,
  edgeDrain,
  nginxEdgeOf,
  passesChallenges,
  resolvesUpstreams,
} from '../../derive/edge/nginx-pods.ts';
import { gatewayOf, wantsContainers } from '../../derive/runtime-policy/placement.ts';
import { from } from '../../marks.ts';
import { block, comment, directive, dollarDeclaration, gap, type NginxNode } from '../../printers/nginx-conf.ts';
import type { Model, UndecidedModel } from '../../resolve/model/index.ts';
import { errorLogNode } from './access-log.ts';
import { bufferNodes } from './buffers.ts';
import type { EdgePlan } from './edge-plan.ts';
import { longestExchange, SLOW_BODY, SLOW_READER } from './exchange-times.ts';

export function mainConf(model: Model, plan: EdgePlan, includes: readonly string[]): readonly NginxNode[] {
  const { system, environment } = model;
  return [
    comment(
      `The edge of ${system.name} in ${environment.name}, for nginx ${system.versions.nginx} with OpenSSL ${system.versions.openssl}.`,
    ),
    comment(
      nginxEdgeOf(model) === undefined
        ? 'Compiled by Seaworthy from the spec; change it there. Test this folder with: nginx -t -p "$PWD/" -c nginx.conf'
        : `Compiled by Seaworthy from the spec; change it there. Pods have this folder as ${EDGE_PODS.configuration}.`,
    ),
    ...undecidedNodes(edgeQuestions(model, plan)),
    gap,
    workersNode(model),
    directive('worker_rlimit_nofile', '16384'),
    comment(
      nginxEdgeOf(model) === undefined
        ? 'After a reload the old workers may finish their longest exchange.'
        : 'A pod that leaves lets exchanges end for as long as what stands behind does.',
    ),
    directive('worker_shutdown_timeout', formatNginxTime(longestEnd(model, plan))),
    directive('pid', wantsContainers(model) ? `${EDGE_PODS.scratch}/nginx.pid` : '/run/nginx.pid'),
    errorLogNode(model),
    gap,
    block('events', [], [directive('worker_connections', '4096')]),
    gap,
    block('http', [], httpNodes(model, includes)),
  ];
}

function httpNodes(model: Model, includes: readonly string[]): readonly NginxNode[] {
  return [
    directive('default_type', 'application/octet-stream'),
    directive('server_tokens', 'off'),
    ...hashSizes(model),
    comment('Logs and headers may ask for what a request that was refused early never set.'),
    directive('uninitialized_variable_warn', 'off'),
    ...(hasDollar(model) ? [dollarDeclaration()] : []),
    gap,
    comment(
      'A client that is slow on purpose holds a connection for seconds, not for ever; routes that may take longer say so.',
    ),
    directive('client_header_timeout', '10s'),
    directive('client_body_timeout', formatNginxTime(SLOW_BODY)),
    directive('send_timeout', formatNginxTime(SLOW_READER)),
    directive('keepalive_timeout', '60s'),
    directive('reset_timedout_connection', 'on'),
    directive('client_max_body_size', '1m'),
    ...bufferNodes(model),
    ...scratchNodes(model),
    ...resolverNodes(model),
    ...realAddressNodes(model),
    gap,
    ...(includes.length === 0
      ? [
          comment(
            `Nothing is served: environment ${model.environment.name} names no domain, and without one there is neither a host name to`,
          ),
          comment('answer to nor a certificate. Name it under `domains` in the Environment document.'),
        ]
      : includes.map((path) => directive('include', path))),
  ];
}

/** Behind a load balancer the client is the last address that no trusted proxy owns; whatever a client wrote further left is ignored. */
function realAddressNodes(model: Model): readonly NginxNode[] {
  const { environment } = model;
  if (environment.trustedProxies.length === 0) return [];
  const edge = nginxEdgeOf(model);
  return [
    gap,
    comment(
      'The client is the last address before our own proxies; what clients write into the header themselves does not count.',
    ),
    ...environment.trustedProxies.map((network) =>
      from(environment.origin.of('trustedProxies'), directive('set_real_ip_from', network)),
    ),
    ...(edge?.proxyProtocol === true
      ? [from(edge.origin.of('proxyProtocol'), directive('real_ip_header', 'proxy_protocol'))]
      : [directive('real_ip_header', 'X-Forwarded-For')]),
    directive('real_ip_recursive', 'on'),
  ];
}

/** The root of a pod is read-only, whatever folders the image was built with. */
function scratchNodes(model: Model): readonly NginxNode[] {
  if (nginxEdgeOf(model) === undefined) return [];
  return [
    gap,
    comment('The one folder that may be written.'),
    ...TEMPORARY.map((kind) => directive(`${kind}_temp_path`, `${EDGE_PODS.scratch}/${kind}`)),
  ];
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'] as const;

function resolverNodes(model: Model): readonly NginxNode[] {
  if (!resolvesUpstreams(model) && !passesChallenges(model)) return [];
  return [gap, directive('resolver', clusterResolver(model), 'valid=10s')];
}

/** As many as there are processors; a pod would count those of its node, and pay for each with memory. */
function workersNode(model: Model): NginxNode {
  const resources = nginxEdgeOf(model)?.resources;
  if (resources === undefined) return directive('worker_processes', 'auto');
  const processors = Math.max(1, Math.ceil(resources.cpuLimit / 1000));
  return from(resources.origin.of('cpuLimit'), directive('worker_processes', String(processors)));
}

const longestEnd = (model: Model, plan: EdgePlan): Milliseconds =>
  nginxEdgeOf(model) === undefined ? milliseconds(longestExchange(plan)) : edgeDrain(model);

/** nginx refuses to start when a key does not fit into one bucket. */
function hashSizes(model: Model): readonly NginxNode[] {
  const longestKey = Math.max(
    0,
    ...model.environment.origins.map((origin) => origin.length),
    ...model.services.flatMap((service) => service.routes.map((route) => route.id.length)),
  );
  const longestHost = Math.max(0, ...model.environment.domains.map((domain) => domain.host.length));
  return [
    directive('map_hash_bucket_size', bucketFor(longestKey)),
    directive('map_hash_max_size', '8192'),
    directive('server_names_hash_bucket_size', bucketFor(longestHost)),
  ];
}

/** The power of two that holds a key with nginx's own bookkeeping, at least 128. */
const bucketFor = (length: number): string => String(Math.max(128, 2 ** Math.ceil(Math.log2(length + 48))));

const hasDollar = ({ environment, services }: Model): boolean =>
  [
    ...Object.values(environment.securityHeaders),
    ...services.flatMap(({ routes }) => routes.map(({ path }) => path)),
  ].some((value) => value.includes('$'));

/** The open questions whose answers stand in this folder. */
function edgeQuestions(model: Model, plan: EdgePlan): readonly UndecidedModel[] {
  const services = new Set(plan.groups.flatMap(({ routes }) => routes.map(({ service }) => service.name)));
  const gateway = gatewayOf(model);
  if (gateway !== undefined) services.add(gateway.name);
  return model.undecided.filter(({ subject, field }) => {
    const [kind = '', name = ''] = subject.split(' ');
    if (kind === 'System') return /^(?:rateLimits|versions\.(?:nginx|openssl))/.test(field);
    if (kind === 'Environment') return name === model.environment.name && ENVIRONMENT_FIELDS.test(field);
    return kind === 'Service' && services.has(name) && /^(?:port|process|probes|routes)\b/.test(field);
  });
}

const ENVIRONMENT_FIELDS =
  /^(?:namespace|domains|origins|publicPorts|trustedProxies|tls|headerOwner|securityHeaders|rateLimits)\b/;

const undecidedNodes = (undecided: readonly UndecidedModel[]): readonly NginxNode[] =>
  undecided.length === 0
    ? []
    : [
        comment(''),
        comment('Still undecided, so what follows may rest on it:'),
        ...undecided.map(({ subject, field, why, provisional }) =>
          comment(
            `- ${subject}, ${field}${provisional === undefined ? '' : ` (for now ${provisional})`}: ${why.replace(/\s+/g, ' ')}`,
          ),
        ),
      ];
