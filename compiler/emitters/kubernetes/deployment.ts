/**
 * The Deployment of a service.
 */

import { milliseconds, wholeSeconds } from '../../../schemas/units/index.ts';
import { variablesOf } from '../../derive/connections/connections.ts';
import {
  type ContainerService,
  hasAutoscaler,
  holdsData,
  keepsLiveReplicas,
  type VolumeDatastore,
  volumeDatastores,
} from '../../derive/kubernetes-scope.ts';
import { type Claim, claimAll, field, from, type Marked, type MarkedFields } from '../../marks.ts';
import type { Model, Origin, ServiceModel } from '../../resolve/model/index.ts';
import { containerOf, mountsOf, POLICY_VOLUME, resourceFigures } from './container.ts';
import { exemptionsOf } from './exemptions.ts';
import { type DeploymentSpec, IntOrString, KubeDeployment, type PodSpec, type Volume } from './kubernetes-api.ts';
import { labelsOf, metadataOf, selectorOf, subjectOf } from './metadata.ts';
import { type ObjectDraft, typed } from './object-draft.ts';
import { placementOf } from './placement.ts';
import { identityOf, podSecurityOf, scratchVolumes } from './pod-security.ts';
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
    object: typed(
      KubeDeployment,
      from(service.origin.self, {
        metadata: metadataOf(model, 'Deployment', service.name, subject, exemptionsOf(model, service)),
        spec: {
          // Left out where an autoscaler owns the number and nobody tells a sync to leave it alone.
          replicas:
            hasAutoscaler(service) && !keepsLiveReplicas(model, service) ? undefined : field(service.scale, 'min'),
          selector: { matchLabels: selectorOf(subject) },
          strategy: strategyOf(model, service),
          // A replica counts once it stayed ready for one more probe.
          minReadySeconds: from(periodOrigin(service), settleSeconds),
          progressDeadlineSeconds: from(startOrigin(service), progressDeadline(service, settleSeconds)),
          revisionHistoryLimit: 5,
          template: {
            metadata: { labels: labelsOf(model, subject) },
            spec: claimAll(
              claimsOf(model, service),
              podSpecOf(model, service, policy, volumeDatastores(model, service)),
            ),
          },
        },
      }),
    ),
    patches: preStopPatches(model, service.shutdown),
  };
}

const DEFAULT_SETTLE = milliseconds(10_000);

const periodOrigin = ({ probes, origin }: ServiceModel): Origin => probes?.origin.of('period') ?? origin.of('probes');
const startOrigin = ({ probes, origin }: ServiceModel): Origin =>
  probes?.origin.of('startWithin') ?? origin.of('probes');

function podSpecOf(
  model: Model,
  service: ContainerService,
  policy: string | undefined,
  stores: readonly VolumeDatastore[],
): Marked<PodSpec> {
  const { shutdown } = service;
  const volumeMounts = [...mountsOf(service), ...dataMounts(stores)];
  const ports = portsOf(service).map(({ name, port, protocol, origin }) =>
    from(origin, { name, containerPort: port, protocol }),
  );
  return {
    ...commonPodSpec(model, service),
    ...placementOf(service),
    terminationGracePeriodSeconds: from(shutdown.origin.of('grace'), graceSeconds(shutdown)),
    containers: [
      {
        ...containerOf(model, service),
        volumeMounts: volumeMounts.length === 0 ? undefined : volumeMounts,
        ports: ports.length === 0 ? undefined : ports,
        ...probesOf(service),
      },
    ],
    restartPolicy: 'Always',
    volumes: [...volumesOf(service, policy), ...dataVolumes(stores)],
  };
}

/** What the pods of a Deployment realise. */
function claimsOf(model: Model, service: ContainerService): readonly Claim[] {
  const subject = `service/${service.name}`;
  const { probes, resources, security, shutdown, scale } = service;
  const { uid, gid, readOnlyRootFilesystem } = security;
  const secrets = secretsReadBy(model, service);
  const claims: readonly (readonly [control: string, parameters: Claim['parameters'] | undefined])[] = [
    ['security/restricted-pod', { uid, gid, readOnlyRootFilesystem }],
    [
      'workload/graceful-shutdown',
      {
        preStopSeconds: wholeSeconds(shutdown.preStop),
        drainSeconds: wholeSeconds(shutdown.drain),
        graceSeconds: graceSeconds(shutdown),
      },
    ],
    [
      'workload/probes',
      probes && { liveness: probes.livenessPath, readiness: probes.readinessPath, port: probes.port },
    ],
    ['workload/resources', resources && resourceFigures(resources)],
    ['workload/spread', scale.min < 2 && !hasAutoscaler(service) ? undefined : { over: 'node, zone' }],
    ['security/secret-reference', secrets.length === 0 ? undefined : { secrets: secrets.join(', ') }],
  ];
  return claims.flatMap(([control, parameters]) =>
    parameters === undefined ? [] : [{ control, subject, parameters }],
  );
}

/** The names of the secrets, never a value. */
function secretsReadBy(model: Model, service: ContainerService): readonly string[] {
  const read = variablesOf(model, service).flatMap((one) => (one.kind === 'secret' ? [one.secret] : []));
  return [...new Set([...read, ...service.files.map(({ secret }) => secret)])].sort();
}

/** Names with two dots or more are taken as they are, instead of being tried with every search domain first. */
export const DNS_CONFIG = { options: [{ name: 'ndots', value: '2' }] };

/** The access to private registries, for every pod. */
export const pullSecretsOf = ({ environment }: Model): MarkedFields<Pick<PodSpec, 'imagePullSecrets'>> =>
  environment.imagePullSecrets.length === 0
    ? {}
    : {
        imagePullSecrets: from(
          environment.origin.of('imagePullSecrets'),
          environment.imagePullSecrets.map((name) => ({ name })),
        ),
      };

/** What the pods of a service and of its jobs have in common. */
export const commonPodSpec = (model: Model, service: ContainerService) => ({
  automountServiceAccountToken: false,
  dnsConfig: DNS_CONFIG,
  enableServiceLinks: false,
  ...pullSecretsOf(model),
  priorityClassName: from(service.origin.of('priorityClass'), service.priorityClass),
  securityContext: podSecurityOf(identityOf(service.security)),
  serviceAccountName: from(service.origin.of('name'), service.name),
});

export const volumesOf = (service: ContainerService, policy: string | undefined): readonly Marked<Volume>[] => [
  ...scratchVolumes(service.security.writable),
  ...(policy === undefined
    ? []
    : [from(service.origin.of('role'), { name: POLICY_VOLUME, configMap: { name: policy } })]),
  ...fileVolumes(service.files, service.origin.of('files')),
];

/** New replicas first, so capacity never drops; but never two processes over the same embedded data. */
const strategyOf = (model: Model, service: ServiceModel) =>
  from<NonNullable<DeploymentSpec['strategy']>>(
    service.origin.of('uses'),
    holdsData(model, service)
      ? { type: 'Recreate' }
      : {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: IntOrString.fromString('25%'), maxUnavailable: IntOrString.fromNumber(0) },
        },
  );

/** Long enough for a replica to start, to settle and for its image to be pulled; 10 minutes is the default of Kubernetes. */
const progressDeadline = ({ probes }: ServiceModel, settleSeconds: number): number =>
  Math.max(600, (probes === undefined ? 0 : wholeSeconds(probes.startWithin)) + settleSeconds + 300);
