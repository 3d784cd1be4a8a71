/**
 * The Deployment of a service.
 */

import { milliseconds, wholeSeconds } from '../../../schemas/units/index.ts';
import {
  type ContainerService,
  hasAutoscaler,
  holdsData,
  keepsLiveReplicas,
  type VolumeDatastore,
  volumeDatastores,
} from '../../derive/kubernetes-scope.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { containerOf, POLICY_VOLUME } from './container.ts';
import { claimsOfDeployment, originsOfDeployment } from './deployment-evidence.ts';
import { exemptionsOf } from './exemptions.ts';
import { IntOrString, KubeDeployment, type PodSpec, type Volume } from './kubernetes-api.ts';
import { labelsOf, metadataOf, selectorOf, subjectOf } from './metadata.ts';
import type { ObjectDraft } from './object-draft.ts';
import { placementOf } from './placement.ts';
import { podSecurityOf, scratchVolumes } from './pod-security.ts';
import { portsOf } from './ports.ts';
import { probesOf } from './probes.ts';
import { fileVolumes } from './secret-files.ts';
import { graceSeconds, preStopPatches } from './shutdown.ts';
import { dataMounts, dataVolumes } from './volume-claim.ts';

/** `policy` is the name of the ConfigMap that a gateway reads its policy from. */
export function deploymentOf(model: Model, service: ContainerService, policy: string | undefined): ObjectDraft {
  const subject = subjectOf(service);
  const settleSeconds = wholeSeconds(service.probes?.period ?? DEFAULT_SETTLE);
  return {
    folder: service.name,
    manifest: KubeDeployment.manifest({
      metadata: metadataOf(model, 'Deployment', service.name, subject, exemptionsOf(model, service)),
      spec: {
        // Left out where an autoscaler owns the number and nobody tells a sync to leave it alone.
        ...(hasAutoscaler(service) && !keepsLiveReplicas(model, service) ? {} : { replicas: service.scale.min }),
        selector: { matchLabels: selectorOf(subject) },
        strategy: strategyOf(model, service),
        // A replica counts once it stayed ready for one more probe.
        minReadySeconds: settleSeconds,
        progressDeadlineSeconds: progressDeadline(service, settleSeconds),
        revisionHistoryLimit: 5,
        template: {
          metadata: { labels: labelsOf(model, subject) },
          spec: podSpecOf(model, service, policy, volumeDatastores(model, service)),
        },
      },
    }),
    patches: preStopPatches(model, service.shutdown),
    origins: originsOfDeployment(model, service),
    claims: claimsOfDeployment(model, service),
  };
}

const DEFAULT_SETTLE = milliseconds(10_000);

function podSpecOf(
  model: Model,
  service: ContainerService,
  policy: string | undefined,
  stores: readonly VolumeDatastore[],
): PodSpec {
  const container = containerOf(model, service);
  const volumeMounts = [...(container.volumeMounts ?? []), ...dataMounts(stores)];
  const ports = portsOf(service).map(({ name, port, protocol }) => ({ name, containerPort: port, protocol }));
  return {
    ...commonPodSpec(model, service),
    ...placementOf(service),
    terminationGracePeriodSeconds: graceSeconds(service.shutdown),
    containers: [
      {
        ...container,
        ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
        ...(ports.length === 0 ? {} : { ports }),
        ...probesOf(service),
      },
    ],
    restartPolicy: 'Always',
    volumes: [...volumesOf(service, policy), ...dataVolumes(stores)],
  };
}

/** Names with two dots or more are taken as they are, instead of being tried with every search domain first. */
export const DNS_CONFIG = { options: [{ name: 'ndots', value: '2' }] };

/** The access to private registries, for every pod. */
export const pullSecretsOf = ({ environment }: Model): Pick<PodSpec, 'imagePullSecrets'> =>
  environment.imagePullSecrets.length === 0
    ? {}
    : { imagePullSecrets: environment.imagePullSecrets.map((name) => ({ name })) };

/** What the pods of a service and of its jobs have in common. */
export const commonPodSpec = (model: Model, service: ContainerService): Omit<PodSpec, 'containers'> => ({
  automountServiceAccountToken: false,
  dnsConfig: DNS_CONFIG,
  enableServiceLinks: false,
  ...pullSecretsOf(model),
  ...(service.priorityClass === undefined ? {} : { priorityClassName: service.priorityClass }),
  securityContext: podSecurityOf(service.security),
  serviceAccountName: service.name,
});

export const volumesOf = (service: ContainerService, policy: string | undefined): Volume[] => [
  ...scratchVolumes(service.security.writable),
  ...(policy === undefined ? [] : [{ name: POLICY_VOLUME, configMap: { name: policy } }]),
  ...fileVolumes(service.files),
];

/** New replicas first, so capacity never drops; but never two processes over the same embedded data. */
const strategyOf = (model: Model, service: ServiceModel) =>
  holdsData(model, service)
    ? { type: 'Recreate' }
    : {
        type: 'RollingUpdate',
        rollingUpdate: { maxSurge: IntOrString.fromString('25%'), maxUnavailable: IntOrString.fromNumber(0) },
      };

/** Long enough for a replica to start, to settle and for its image to be pulled; 10 minutes is the default of Kubernetes. */
const progressDeadline = ({ probes }: ServiceModel, settleSeconds: number): number =>
  Math.max(600, (probes === undefined ? 0 : wholeSeconds(probes.startWithin)) + settleSeconds + 300);
