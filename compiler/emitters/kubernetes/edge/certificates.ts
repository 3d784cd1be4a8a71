/**
 * The certificates of the edge, obtained and renewed by cert-manager.
 *
 * Owns who signs: the issuer that the spec names, or one of our own for Let's Encrypt where the challenge needs nothing that only the
 * cluster's owner has. Every default of the API is written out, or Argo CD would show it as drift.
 */
import { controllerEdgeOf } from '../../../derive/edge/controller-routes.ts';
import { certificateIssuer } from '../../../derive/edge/issuer.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../../derive/sync-options.ts';
import { claim, field, from } from '../../../marks.ts';
import { objectName } from '../../../object-name.ts';
import type { DomainModel, Model } from '../../../resolve/model/index.ts';
import { metadataOf } from '../metadata.ts';
import { custom, type ObjectDraft } from '../object-draft.ts';
import { hostsOf } from './certificate-volumes.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

/** letsencrypt.org, "Staging environment": the one for real certificates. */
const LETS_ENCRYPT = 'https://acme-v02.api.letsencrypt.org/directory';

/** Ninety days is what Let's Encrypt signs; a month is left for whatever goes wrong. */
const LIFE = { duration: '2160h0m0s', renewBefore: '720h0m0s' };

/** None where nobody is known who signs; a check has said so. */
export function certificateDrafts(model: Model): readonly ObjectDraft[] {
  const issuer = certificateIssuer(model);
  if (issuer === undefined) return [];
  return [
    ...(issuer.isOurs ? [issuerOf(model, issuer.name)] : []),
    ...hostsOf(model).map((domain) => certificateOf(model, domain, issuer)),
  ];
}

type Issuer = NonNullable<ReturnType<typeof certificateIssuer>>;

function certificateOf(model: Model, domain: DomainModel, { name, kind, origin }: Issuer): ObjectDraft {
  const { host, secret } = domain;
  const subject = edgeSubject(model);
  const metadata = metadataOf(
    model,
    'Certificate',
    objectName(secret, 253),
    subject,
    syncOptions(model, [SKIP_DRY_RUN]),
  );
  return {
    folder: edgeFolder(model),
    object: custom(
      from(domain.origin.self, {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Certificate',
        metadata,
        spec: claim(
          'edge/certificate',
          `host/${host}`,
          { issuer: name, duration: LIFE.duration, renewBefore: LIFE.renewBefore },
          {
            dnsNames: from(domain.origin.of('host'), [host]),
            secretName: field(domain, 'secret'),
            issuerRef: from(origin, { group: 'cert-manager.io', kind, name }),
            ...LIFE,
            privateKey: { algorithm: 'ECDSA', encoding: 'PKCS8', rotationPolicy: 'Always', size: 256 },
            revisionHistoryLimit: 1,
            usages: ['digital signature', 'server auth'],
          },
        ),
      }),
    ),
  };
}

/** How a challenge is shown: through nginx of ours, a Gateway, or the class of an Ingress. */
function solverOf(model: Model): object {
  const edge = controllerEdgeOf(model);
  if (edge?.kind !== 'gateway-api')
    return { ingress: { serviceType: 'ClusterIP', ...(edge === undefined ? {} : { ingressClassName: edge.class }) } };
  const parent = {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    name: edgeSubject(model).instance,
    sectionName: 'http',
  };
  return { gatewayHTTPRoute: { serviceType: 'ClusterIP', parentRefs: [parent] } };
}

/** Its account key is made by cert-manager; an address for mail is not needed. */
function issuerOf(model: Model, name: string): ObjectDraft {
  const { tls } = model.environment;
  const metadata = metadataOf(model, 'Issuer', name, edgeSubject(model), syncOptions(model, [SKIP_DRY_RUN]));
  return {
    folder: edgeFolder(model),
    object: custom(
      from(tls.origin.of('issuer'), {
        apiVersion: 'cert-manager.io/v1',
        kind: 'Issuer',
        metadata,
        spec: {
          acme: {
            server: LETS_ENCRYPT,
            privateKeySecretRef: { name: `${name}-account` },
            solvers: [{ http01: from(tls.origin.of('challenge'), solverOf(model)) }],
          },
        },
      }),
    ),
  };
}
