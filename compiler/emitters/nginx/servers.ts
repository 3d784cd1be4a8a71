/**
 * The servers: one a host name, and the default ones that refuse everybody who asks for another name.
 */
import { from } from '../../marks.ts';
import { block, comment, directive, gap, type NginxNode } from '../../printers/nginx-conf.ts';
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
        from(of('certificate'), directive('ssl_certificate', domain.certificate)),
        from(of('certificateKey'), directive('ssl_certificate_key', domain.certificateKey)),
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

const listeners = ({ environment }: Model, port: number, options: readonly string[]): readonly NginxNode[] =>
  [String(port), `[::]:${port}`].map((address) =>
    from(environment.origin.of('publicPorts'), directive('listen', address, ...options)),
  );

/** Nothing is served in plain text. 308 keeps method and body. */
function redirectServer(model: Model, { host }: DomainModel): NginxNode {
  const port = httpsPort(model);
  const isAcme = model.environment.tls.challenge === 'http-01';
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
      ...(isAcme ? [block('location', ['/.well-known/acme-challenge/'], [directive('root', ACME_ROOT)])] : []),
      block('location', ['/'], [redirect]),
    ],
  );
}
