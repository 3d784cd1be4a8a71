/**
 * The servers: one a host name, and the default ones that refuse everybody who asks for another name.
 */
import { EDGE_PODS } from '../../../schemas/kubernetes-conventions.ts';
import { ACME_SOLVER, edgePort, nginxEdgeOf, solverService } from '../../derive/edge/nginx-pods.ts';
import { from } from '../../marks.ts';
import {
  block,
  comment,
  directive,
  gap,
  type NginxArgument,
  type NginxNode,
  variables,
} from '../../printers/nginx-conf.ts';
import type { DomainModel, Model } from '../../resolve/model/index.ts';
import { problemReturn } from './problems.ts';
import { hasHttp2Directive } from './versions.ts';

/** Where the ACME client puts its answers when the challenge is http-01: `certbot --webroot -w` this folder. */
const ACME_ROOT = '/var/www/acme';

/** The server of one host name. Headers and errors are the same for all, and `routes` is the file of those that it serves. */
export function hostServer(model: Model, domain: DomainModel, routes: string): readonly NginxNode[] {
  const { of } = domain.origin;
  return [
    block(
      'server',
      [],
      [
        ...tlsListeners(model),
        from(of('host'), directive('server_name', domain.host)),
        gap,
        from(of('certificate'), directive('ssl_certificate', certificateFile(model, domain.certificate))),
        from(of('certificateKey'), directive('ssl_certificate_key', certificateFile(model, domain.certificateKey))),
        gap,
        directive('include', 'snippets/headers.conf'),
        directive('include', 'snippets/problems.conf'),
        directive('include', routes),
      ],
    ),
    ...(hasPlainPort(model) ? [gap, redirectServer(model, domain)] : []),
  ];
}

/**
 * Whoever asks for no name or an unknown one learns nothing: no certificate, no answer. A browser may send requests for one name over its
 * connection to another one (RFC 9113, 9.1.1); it is told that this was the wrong one, and asks again on a connection of its own.
 */
export function defaultServers(model: Model): readonly NginxNode[] {
  return [
    comment(
      'Names that are not ours: the handshake is refused, a plain request is dropped, and a request that comes over a',
    ),
    comment('connection to one of our names is told that it is misdirected.'),
    block(
      'server',
      [],
      [
        ...tlsListeners(model, 'default_server'),
        directive('ssl_reject_handshake', 'on'),
        block('location', ['/'], [directive('default_type', 'application/problem+json'), problemReturn('421')]),
      ],
    ),
    ...(hasPlainPort(model)
      ? [gap, block('server', [], [...listeners(model, 80, ['default_server']), directive('return', '444')])]
      : []),
  ];
}

const hasPlainPort = (model: Model): boolean => model.environment.publicPorts.includes(80);

/** The HTTPS port: 443 unless only its usual alternative is open. Other public ports belong to other protocols. */
const httpsPort = (model: Model): number =>
  !model.environment.publicPorts.includes(443) && model.environment.publicPorts.includes(8443) ? 8443 : 443;

function tlsListeners(model: Model, ...options: readonly string[]): readonly NginxNode[] {
  const hasDirective = hasHttp2Directive(model.system.versions.nginx);
  return [
    ...listeners(model, httpsPort(model), ['ssl', ...(hasDirective ? [] : ['http2']), ...options]),
    ...(hasDirective ? [directive('http2', 'on')] : []),
  ];
}

function listeners(model: Model, port: number, options: readonly string[]): readonly NginxNode[] {
  const { origin } = model.environment;
  const own = edgePort(model, port);
  const all = [...options, ...(nginxEdgeOf(model)?.proxyProtocol === true ? ['proxy_protocol'] : [])];
  return [String(own), `[::]:${own}`].map((address) =>
    from(origin.of('publicPorts'), directive('listen', address, ...all)),
  );
}

/** In a pod the files are read at each handshake: a renewed certificate is served without a reload, and nginx starts before the first one. */
const certificateFile = (model: Model, file: string): NginxArgument =>
  nginxEdgeOf(model) === undefined || !file.startsWith(`${EDGE_PODS.certificates}/`)
    ? file
    : variables(`$certificates${file.slice(EDGE_PODS.certificates.length)}`);

/** A solver knows one token and answers 404 for any other, so all of them are asked. */
function challengeNodes(model: Model): readonly NginxNode[] {
  if (model.environment.tls.challenge !== 'http-01') return [];
  const host = `${solverService(model)}.${model.environment.namespace}.svc.cluster.local`;
  const answer =
    nginxEdgeOf(model) === undefined
      ? [directive('root', ACME_ROOT)]
      : [
          directive('set', variables('$acme_solver'), host),
          directive('proxy_next_upstream', 'error', 'timeout', 'http_404'),
          directive('proxy_next_upstream_tries', '0'),
          directive('proxy_pass', variables(`http://$acme_solver:${ACME_SOLVER.port}`)),
        ];
  return [from(model.environment.tls.origin.of('challenge'), block('location', [ACME_SOLVER.path], answer))];
}

/** Nothing is served in plain text. 308 keeps method and body. */
function redirectServer(model: Model, { host }: DomainModel): NginxNode {
  const port = httpsPort(model);
  const redirect = directive('return', '308', {
    kind: 'variables',
    template: `https://${host}${port === 443 ? '' : `:${port}`}$request_uri`,
  });
  return block(
    'server',
    [],
    [
      ...listeners(model, 80, []),
      directive('server_name', host),
      ...challengeNodes(model),
      block('location', ['/'], [redirect]),
    ],
  );
}
