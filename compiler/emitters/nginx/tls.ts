/**
 * TLS of every listener, after Mozilla's guidelines 6.0 (ssl-config.mozilla.org, 2026-04-06): `intermediate` from 1.2, `modern` from 1.3.
 *
 * Written once for `http`: nginx takes protocols and curves of a port from its default server, so a server could not differ anyway.
 */
import { EDGE_PODS } from '../../../schemas/kubernetes-conventions.ts';
import { nginxEdgeOf } from '../../derive/edge/nginx-pods.ts';
import { claim, from } from '../../marks.ts';
import { block, comment, directive, gap, type NginxNode, variables } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';
import { cachesCertificates, knowsMlKem, rotatesTicketKeys } from './versions.ts';

const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
] as const;
const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'] as const;
const CURVES = ['X25519', 'prime256v1', 'secp384r1'] as const;

export function tlsNodes(model: Model): readonly NginxNode[] {
  const { nginx, openssl } = model.system.versions;
  const { minVersion, origin } = model.environment.tls;
  const isModern = minVersion === '1.3';
  const curves = knowsMlKem(openssl) ? ['X25519MLKEM768', ...CURVES] : CURVES;
  return [
    comment(`Mozilla guidelines 6.0, profile ${isModern ? 'modern' : 'intermediate'}: TLS ${minVersion} and newer.`),
    claim(
      'edge/tls',
      'environment',
      { minVersion },
      from(origin.of('minVersion'), directive('ssl_protocols', ...(isModern ? ['TLSv1.3'] : ['TLSv1.2', 'TLSv1.3']))),
    ),
    ...(isModern ? [] : [directive('ssl_ciphers', TLS12_CIPHERS.join(':'))]),
    directive('ssl_conf_command', 'Ciphersuites', TLS13_SUITES.join(':')),
    from(model.system.versions.origin.of('openssl'), directive('ssl_ecdh_curve', curves.join(':'))),
    directive('ssl_prefer_server_ciphers', 'off'),
    directive('ssl_session_cache', 'shared:tls:10m'),
    directive('ssl_session_timeout', '1d'),
    ...(rotatesTicketKeys(nginx) ? [] : [directive('ssl_session_tickets', 'off')]),
    ...(nginxEdgeOf(model) === undefined ? [] : certificateNodes(nginx)),
  ];
}

const certificateNodes = (nginx: string): readonly NginxNode[] => [
  gap,
  comment(
    'A name with a variable is read at each handshake, so that a renewed certificate is served without a reload.',
  ),
  block(
    'map',
    [variables('$ssl_server_name'), variables('$certificates')],
    [directive('default', EDGE_PODS.certificates)],
  ),
  ...(cachesCertificates(nginx) ? [directive('ssl_certificate_cache', 'max=1000', 'inactive=10m', 'valid=1m')] : []),
];
