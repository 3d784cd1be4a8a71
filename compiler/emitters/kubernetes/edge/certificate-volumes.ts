/**
 * The certificates of the hosts in the pods of nginx: one folder a host, renewed by the kubelet whenever the Secret is.
 */
import { EDGE_PODS } from '../../../../schemas/kubernetes-conventions.ts';
import { passesChallenges } from '../../../derive/edge/nginx-pods.ts';
import { from, type Mark } from '../../../marks.ts';
import { shortHash } from '../../../object-name.ts';
import type { DomainModel, Model } from '../../../resolve/model/index.ts';
import type { Volume, VolumeMount } from '../kubernetes-api.ts';

/** Readable by the group of the pod (`fsGroup`), and by nobody else. */
const MODE = 0o440;

/** Over http-01 nginx has to run before there is a certificate, so the pod does not wait for its Secret. */
export const certificateVolumes = (model: Model): readonly Mark<Volume>[] =>
  hostsOf(model).map(({ host, secret, origin }) =>
    from(origin.of('secret'), {
      name: volumeName(host),
      secret: {
        secretName: secret,
        defaultMode: MODE,
        ...(passesChallenges(model) ? { optional: true } : {}),
      },
    }),
  );

export const certificateMounts = (model: Model): readonly Mark<VolumeMount>[] =>
  hostsOf(model).map(({ host, origin }) =>
    from(origin.of('host'), {
      name: volumeName(host),
      mountPath: `${EDGE_PODS.certificates}/${host}`,
      readOnly: true,
    }),
  );

/** By host; one that is named twice is served once. */
export const hostsOf = ({ environment }: Model): readonly DomainModel[] =>
  [...new Map(environment.domains.map((domain) => [domain.host, domain])).values()].sort((a, b) =>
    a.host < b.host ? -1 : 1,
  );

const volumeName = (host: string): string => `certificate-${shortHash(host)}`;
