/**
 * The certificate that the gateway shows, from files to server, and again whenever they change.
 *
 * Connections that are open keep what they were made with; the next handshake sees the new certificate, so that a
 * rotation costs no request. Files that do not fit together at the start are a reason not to start.
 */

import { X509Certificate } from 'node:crypto';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { readTlsFiles, type TlsFiles, type TlsMaterial, type TlsPaths } from '../http/tls-files.ts';
import type { MetricRegistry } from '../telemetry/registry.ts';

type Tls = NonNullable<RuntimePolicy['tls']>;
type GatewayTls = SecureContextOptions & { readonly requestCert: boolean };

/** What is wrong with the files that a policy names, of the gateway and of its upstreams; empty when all can be used. */
export function checkTlsFiles({ tls, upstreams }: Pick<RuntimePolicy, 'tls' | 'upstreams'>): readonly string[] {
  const named = [
    ...(tls === undefined ? [] : [['tls', pathsOf(tls)] as const]),
    ...Object.entries(upstreams).flatMap(([name, upstream]) =>
      upstream.tls === undefined ? [] : [[`upstreams.${name}.tls`, upstream.tls] as const],
    ),
  ];
  return named.flatMap(([where, paths]) => {
    const result = readTlsFiles(paths);
    return result.kind === 'read' ? [] : [`${where}: ${result.reason}`];
  });
}

/** The options of a TLS server; undefined where the policy asks for none. */
export function gatewayTls(tls: Tls | undefined, files: TlsFiles): GatewayTls | undefined {
  return tls === undefined ? undefined : optionsOf(tls, files.read(pathsOf(tls)));
}

/** Follows the files from now on, and tells when the certificate expires. */
export function followTlsFiles(tls: Tls | undefined, files: TlsFiles, server: Server, registry: MetricRegistry): void {
  if (tls === undefined || !(server instanceof TlsServer)) return;
  const paths = pathsOf(tls);
  files.watch(paths, (material) => server.setSecureContext(optionsOf(tls, material)));
  registry.gauge('tls_certificate_expiry_timestamp_seconds', () => {
    const { cert } = files.read(paths);
    return cert === undefined ? [] : [[Date.parse(new X509Certificate(cert).validTo) / 1000, {}]];
  });
}

function pathsOf({ certFile, keyFile, clientCaFile }: Tls): TlsPaths {
  return { certFile, keyFile, ...defined({ caFile: clientCaFile }) };
}

function optionsOf({ minVersion, clientCaFile }: Tls, material: TlsMaterial): GatewayTls {
  return { ...material, minVersion, requestCert: clientCaFile !== undefined };
}
