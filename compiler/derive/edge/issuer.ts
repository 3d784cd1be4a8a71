/**
 * Who signs the certificates of an edge in a cluster.
 *
 * Owns one decision for the Certificates and for the check that asks for an issuer. Let's Encrypt over http-01 needs nothing that only the
 * owner of the cluster has; dns-01 needs the access to a DNS provider, so its issuer is named and never made up.
 */
import type { Model, Origin } from '../../resolve/model/index.ts';

export interface CertificateIssuer {
  readonly name: string;
  readonly kind: 'ClusterIssuer' | 'Issuer';
  /** Whether it is compiled from here. */
  readonly isOurs: boolean;
  readonly origin: Origin;
}

const OWN_ISSUER = 'letsencrypt';

/** Undefined where Secrets are `provided`, and where nobody is known. */
export function certificateIssuer({ environment: { tls } }: Model): CertificateIssuer | undefined {
  const { issuer, challenge, issuerRef } = tls;
  if (issuer === 'provided') return undefined;
  if (issuerRef !== undefined)
    return { name: issuerRef.name, kind: issuerRef.kind, isOurs: false, origin: issuerRef.origin.self };
  if (issuer === 'letsencrypt' && challenge === 'http-01')
    return { name: OWN_ISSUER, kind: 'Issuer', isOurs: true, origin: tls.origin.of('issuer') };
  return undefined;
}
