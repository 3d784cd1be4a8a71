/**
 * Resolves the edge of an environment: what lets the world into the cluster, and with which certificates.
 *
 * Owns which kind an environment gets, and that nginx is no target where something else takes its place: limits, headers and origins then
 * go to the runtime by the same rules as in a system without nginx.
 */

import { EDGE_PODS } from '../../schemas/kubernetes-conventions.ts';
import type { Edge, EnvironmentSpec } from '../../schemas/spec/environment.gen.ts';
import { objectName } from '../object-name.ts';
import { FieldReader } from './field-reader.ts';
import type { DomainModel, EdgeModel, IssuerRefModel, SystemModel, Target } from './model/index.ts';
import type { Report } from './report.ts';
import { resolveImageReference } from './resolve-image.ts';
import { resolveResources } from './resolve-workload.ts';

type EdgeKind = EdgeModel['kind'];

/** The targets that an environment wants of those that its system wants. */
/** A Secret and its certificate bear it, and the file of either has at most 255 bytes with its kind. */
const LONGEST_NAME = 230;

export const targetsIn = ({ edge }: EnvironmentSpec, wanted: readonly Target[]): readonly Target[] =>
  wanted.filter((target) => target !== 'nginx' || (edge?.kind ?? 'nginx') === 'nginx');

export function resolveEdge(
  read: FieldReader<EnvironmentSpec>,
  { targets: { wanted }, versions }: SystemModel,
  report: Report,
): EdgeModel | undefined {
  const written = read.get('edge');
  const edge = new FieldReader(read.child('edge'), report);
  const kind = kindOf(edge, wanted);
  if (kind === undefined || !wanted.includes('kubernetes')) return undefined;
  // Also what does not fit the kind is looked at, so that a check can point there.
  for (const field of Object.keys(written ?? {}) as (keyof Edge)[]) edge.get(field);
  const annotations = sortKeys(edge.get('annotations') ?? {});
  if (kind !== 'nginx')
    return {
      kind,
      class: edge.get('class'),
      controllerNamespace: edge.get('controllerNamespace'),
      annotations,
      origin: edge.origins(),
    };
  const usual = `docker.io/nginxinc/nginx-unprivileged:${versions.nginx}`;
  const image = edge.getOr('image', 'edge-image', usual);
  const exporterImage = edge.getOr('exporterImage', 'edge-exporter-image');
  const replicas = edge.getOr('replicas', 'edge-replicas');
  const proxyProtocol = edge.getOr('proxyProtocol', 'edge-proxy-protocol');
  if (edge.get('resources') === undefined) edge.useDefault('resources', 'edge-resources');
  const origin = edge.origins();
  return {
    kind,
    image: resolveImageReference(image, origin.of('image'), report),
    exporterImage: resolveImageReference(exporterImage, origin.of('exporterImage'), report),
    replicas,
    proxyProtocol,
    resources: resolveResources(edge.child('resources'), report),
    annotations,
    origin,
  };
}

function kindOf(edge: FieldReader<Edge>, wanted: readonly Target[]): EdgeKind | undefined {
  const usual = wanted.includes('nginx') ? 'nginx' : undefined;
  const written = edge.get('kind');
  if (written === undefined) edge.useDefault('kind', 'edge-kind');
  return written ?? usual;
}

/** Where nginx finds the certificate of a host: in a pod in the Secret that is mounted, on a host where certbot puts it. */
export function resolveCertificates(
  fields: FieldReader<NonNullable<EnvironmentSpec['domains']>[number]>,
  host: string,
  isPod: boolean,
): Pick<DomainModel, 'certificate' | 'certificateKey' | 'secret'> {
  const folder = isPod ? `${EDGE_PODS.certificates}/${host}` : `/etc/letsencrypt/live/${host}`;
  const [certificate, key] = isPod ? ['tls.crt', 'tls.key'] : ['fullchain.pem', 'privkey.pem'];
  return {
    certificate: fields.getOr('certificate', 'tls-issuer', `${folder}/${certificate}`),
    certificateKey: fields.getOr('certificateKey', 'tls-issuer', `${folder}/${key}`),
    secret: fields.getOr('secret', 'domain-secret', objectName(`${host}-tls`, LONGEST_NAME)),
  };
}

export function resolveIssuerRef(
  tls: FieldReader<NonNullable<EnvironmentSpec['tls']>>,
  report: Report,
): IssuerRefModel | undefined {
  const written = tls.get('issuerRef');
  if (written === undefined) return undefined;
  const fields = new FieldReader(tls.child('issuerRef'), report);
  return {
    name: fields.get('name') ?? written.name,
    kind: fields.getOr('kind', 'issuer-ref-kind'),
    origin: fields.origins(),
  };
}

const sortKeys = (map: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
