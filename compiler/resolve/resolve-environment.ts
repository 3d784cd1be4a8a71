/**
 * Resolves the Environment document: where it runs, who may call it, and how traffic is protected at the edge.
 */

import { compareTexts } from '../../schemas/data/texts.ts';
import type { EnvironmentSpec } from '../../schemas/spec/environment.gen.ts';
import { objectName } from '../object-name.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { DEFAULT_SECURITY_HEADERS } from './defaults.ts';
import { FieldReader } from './field-reader.ts';
import type { DomainModel, EnvironmentModel, SystemModel, TlsModel } from './model/index.ts';
import type { Report } from './report.ts';
import { resolveCrossOrigin } from './resolve-cross-origin.ts';
import { resolveCertificates, resolveEdge, resolveIssuerRef } from './resolve-edge.ts';

export function resolveEnvironment(
  { value, source }: ValidDocumentOf<'Environment'>,
  system: SystemModel,
  report: Report,
): EnvironmentModel {
  const read = new FieldReader<EnvironmentSpec>(
    {
      base: value.spec,
      at: { document: source, path: ['spec'] },
      self: { document: source, path: ['metadata', 'name'] },
    },
    report,
  );
  const edge = resolveEdge(read, system, report);
  return {
    name: value.metadata.name,
    stage: read.get('stage') ?? 'production',
    namespace: read.getOr('namespace', 'namespace', objectName(`${system.name}-${value.metadata.name}`)),
    cluster: read.getOr('cluster', 'cluster'),
    argocdNamespace: read.getOr('argocdNamespace', 'argocd-namespace'),
    domains: resolveDomains(read, edge?.kind === 'nginx', report),
    origins: [...(read.get('origins') ?? [])].sort(),
    cors: resolveCrossOrigin(read.child('cors'), report),
    publicPorts: [...read.getOr('publicPorts', 'public-ports', [443])].sort((a, b) => a - b),
    trustedProxies: [...(read.get('trustedProxies') ?? [])].sort(),
    tls: resolveTls(read, report),
    edge,
    imagePullSecrets: [...(read.get('imagePullSecrets') ?? [])].sort(),
    dns: read.getOr('dns', 'dns'),
    secretStore: resolveSecretStore(read, report),
    headerOwner: read.getOr(
      'headerOwner',
      'header-owner',
      system.targets.wanted.includes('nginx') ? 'edge' : 'runtime',
    ),
    securityHeaders: withHeaders(read.get('securityHeaders')),
    origin: read.origins(),
  };
}

function resolveDomains(read: FieldReader<EnvironmentSpec>, isPod: boolean, report: Report): DomainModel[] {
  return (read.get('domains') ?? []).map((domain, index) => {
    const fields = new FieldReader({ base: domain, at: read.at('domains', index) }, report);
    return {
      name: fields.get('name') ?? domain.host.split('.')[0] ?? domain.host,
      host: fields.get('host') ?? '',
      ...resolveCertificates(fields, domain.host, isPod),
      origin: fields.origins(),
    };
  });
}

function resolveTls(read: FieldReader<EnvironmentSpec>, report: Report): TlsModel {
  const tls = new FieldReader(read.child('tls'), report);
  const issuer = tls.getOr('issuer', 'tls-issuer');
  return {
    minVersion: tls.getOr('minVersion', 'tls-min-version'),
    issuer,
    challenge: issuer === 'letsencrypt' ? tls.getOr('challenge', 'tls-challenge') : tls.get('challenge'),
    issuerRef: resolveIssuerRef(tls, report),
    origin: tls.origins(),
  };
}

function resolveSecretStore(read: FieldReader<EnvironmentSpec>, report: Report): EnvironmentModel['secretStore'] {
  const store = read.get('secretStore');
  if (store === undefined) return undefined;
  const fields = new FieldReader(read.child('secretStore'), report);
  return { name: store.name, kind: fields.getOr('kind', 'secret-store-kind') };
}

/** The environment's headers over the default ones; an empty text takes one away. Sorted by name. */
function withHeaders(written: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const byLowerCase = new Map(
    Object.entries(DEFAULT_SECURITY_HEADERS).map(([name, value]) => [name.toLowerCase(), { name, value }]),
  );
  for (const [name, value] of Object.entries(written ?? {})) byLowerCase.set(name.toLowerCase(), { name, value });
  const kept = [...byLowerCase.values()]
    .filter((header) => header.value !== '')
    .sort((a, b) => compareTexts(a.name, b.name));
  return Object.fromEntries(kept.map((header) => [header.name, header.value]));
}
