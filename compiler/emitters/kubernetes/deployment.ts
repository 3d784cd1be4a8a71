/**
 * The Deployment of a service.
 */
import { IntOrString, KubeDeployment, type PodSpec, type Volume } from 'cdk8s-plus-27/lib/imports/k8s.js';
import { formatKubernetesBytes, formatKubernetesCpu, milliseconds, wholeSeconds } from '../../../schemas/units/index.ts';
import { type ContainerService, hasAutoscaler, holdsData } from '../../kubernetes-scope.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import type { Claim, OriginMark } from '../emitter.ts';
import { containerOf, POLICY_VOLUME } from './container.ts';
import { labelsOf, metadataOf, selectorOf, subjectOf } from './metadata.ts';
import type { ObjectDraft } from './object-draft.ts';
import { placementOf } from './placement.ts';
import { podSecurityOf, scratchVolumes } from './pod-security.ts';
import { portsOf } from './ports.ts';
import { probesOf } from './probes.ts';
import { graceSeconds, preStopPatches } from './shutdown.ts';

/** `policy` is the name of the ConfigMap that a gateway reads its policy from. */
export function deploymentOf(model: Model, service: ContainerService, policy: string | undefined): ObjectDraft {
  const subject = subjectOf(service);
  const settleSeconds = wholeSeconds(service.probes?.period ?? DEFAULT_SETTLE);
  return {
    folder: service.name,
    manifest: KubeDeployment.manifest({
      metadata: metadataOf(model, 'Deployment', service.name, subject, exemptionsOf(service)),
      spec: {
        // Left out where the autoscaler owns the number: a sync would reset it.
        ...(hasAutoscaler(service) ? {} : { replicas: service.scale.min }),
        selector: { matchLabels: selectorOf(subject) },
        strategy: strategyOf(model, service),
        // A replica counts once it stayed ready for one more probe.
        minReadySeconds: settleSeconds,
        progressDeadlineSeconds: progressDeadline(service, settleSeconds),
        revisionHistoryLimit: 5,
        template: {
          metadata: { labels: labelsOf(model, subject) },
          spec: podSpecOf(service, policy),
        },
      },
    }),
    patches: preStopPatches(model, service.shutdown),
    origins: originsOfDeployment(service),
    claims: claimsOf(service),
  };
}

/** Polaris wants a number of replicas on every Deployment, kube-score none where an autoscaler owns it; the latter is right. */
const exemptionsOf = (service: ServiceModel): Record<string, string> =>
  hasAutoscaler(service) ? { 'polaris.fairwinds.com/deploymentMissingReplicas-exempt': 'true' } : {};

const DEFAULT_SETTLE = milliseconds(10_000);

function podSpecOf(service: ContainerService, policy: string | undefined): PodSpec {
  const ports = portsOf(service).map(({ name, port, protocol }) => ({ name, containerPort: port, protocol }));
  return {
    ...commonPodSpec(service),
    ...placementOf(service),
    terminationGracePeriodSeconds: graceSeconds(service.shutdown),
    containers: [{ ...containerOf(service), ...(ports.length === 0 ? {} : { ports }), ...probesOf(service) }],
    restartPolicy: 'Always',
    volumes: volumesOf(service, policy),
  };
}

/** What the pods of a service and of its jobs have in common. */
export const commonPodSpec = (service: ContainerService): Omit<PodSpec, 'containers'> => ({
  automountServiceAccountToken: false,
  // Names with two dots or more are taken as they are, instead of being tried with every search domain first.
  dnsConfig: { options: [{ name: 'ndots', value: '2' }] },
  enableServiceLinks: false,
  securityContext: podSecurityOf(service.security),
  serviceAccountName: service.name,
});

export const volumesOf = (service: ContainerService, policy: string | undefined): Volume[] => [
  ...scratchVolumes(service.security.writable),
  ...(policy === undefined ? [] : [{ name: POLICY_VOLUME, configMap: { name: policy } }]),
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

function originsOfDeployment(service: ContainerService): readonly OriginMark[] {
  const container = '/spec/template/spec/containers/0';
  const { origin, probes, resources, security, shutdown, scale, image } = service;
  return [
    { part: '', origin: origin.self },
    { part: `${container}/image`, origin: image.origin.self },
    ...(service.command.length === 0 ? [] : [{ part: `${container}/command`, origin: origin.of('command') }]),
    ...(service.args.length === 0 ? [] : [{ part: `${container}/args`, origin: origin.of('args') }]),
    ...service.env.map((variable, index) => ({ part: `${container}/env/${index}`, origin: variable.origin.self })),
    ...(service.port === undefined ? [] : [{ part: `${container}/ports/0`, origin: origin.of('port') }]),
    ...(resources === undefined ? [] : resourceMarks(container, resources.origin)),
    ...(probes === undefined
      ? []
      : [
          { part: `${container}/livenessProbe`, origin: probes.origin.of('livenessPath') },
          { part: `${container}/readinessProbe`, origin: probes.origin.of('readinessPath') },
          { part: `${container}/startupProbe/failureThreshold`, origin: probes.origin.of('startWithin') },
        ]),
    ...(shutdown.preStop === 0 ? [] : [{ part: `${container}/lifecycle`, origin: shutdown.origin.of('preStop') }]),
    { part: '/spec/template/spec/terminationGracePeriodSeconds', origin: shutdown.origin.of('grace') },
    { part: '/spec/template/spec/securityContext/runAsUser', origin: security.origin.of('uid') },
    { part: '/spec/template/spec/securityContext/runAsGroup', origin: security.origin.of('gid') },
    {
      part: `${container}/securityContext/readOnlyRootFilesystem`,
      origin: security.origin.of('readOnlyRootFilesystem'),
    },
    ...security.writable.map((folder, index) => ({
      part: `/spec/template/spec/volumes/${index}`,
      origin: folder.origin.self,
    })),
    ...(hasAutoscaler(service) ? [] : [{ part: '/spec/replicas', origin: scale.origin.of('min') }]),
  ];
}

const resourceMarks = (container: string, origin: ServiceModel['origin']): readonly OriginMark[] => [
  { part: `${container}/resources/requests/cpu`, origin: origin.of('cpuRequest') },
  { part: `${container}/resources/requests/memory`, origin: origin.of('memoryRequest') },
  { part: `${container}/resources/limits/cpu`, origin: origin.of('cpuLimit') },
  { part: `${container}/resources/limits/memory`, origin: origin.of('memoryLimit') },
  { part: `${container}/resources/limits/ephemeral-storage`, origin: origin.of('ephemeralStorage') },
];

function claimsOf(service: ContainerService): readonly Claim[] {
  const subject = `service/${service.name}`;
  const { probes, resources, security, shutdown, scale } = service;
  return [
    {
      control: 'security/restricted-pod',
      subject,
      parameters: { uid: security.uid, gid: security.gid, readOnlyRootFilesystem: security.readOnlyRootFilesystem },
    },
    {
      control: 'workload/graceful-shutdown',
      subject,
      parameters: {
        preStopSeconds: wholeSeconds(shutdown.preStop),
        drainSeconds: wholeSeconds(shutdown.drain),
        graceSeconds: graceSeconds(shutdown),
      },
    },
    ...(probes === undefined
      ? []
      : [
          {
            control: 'workload/probes',
            subject,
            parameters: { liveness: probes.livenessPath, readiness: probes.readinessPath, port: probes.port },
          },
        ]),
    ...(resources === undefined
      ? []
      : [
          {
            control: 'workload/resources',
            subject,
            parameters: {
              cpu: formatKubernetesCpu(resources.cpuRequest),
              memory: formatKubernetesBytes(resources.memoryRequest),
              cpuLimit: formatKubernetesCpu(resources.cpuLimit),
              memoryLimit: formatKubernetesBytes(resources.memoryLimit),
            },
          },
        ]),
    ...(scale.min < 2 && !hasAutoscaler(service)
      ? []
      : [{ control: 'workload/spread', subject, parameters: { over: 'node, zone' } }]),
    ...secretClaims(service, subject),
  ];
}

/** The names of the secrets, never a value. */
function secretClaims({ env }: ContainerService, subject: string): readonly Claim[] {
  const secrets = [...new Set(env.flatMap((variable) => (variable.kind === 'secret' ? [variable.secret] : [])))];
  if (secrets.length === 0) return [];
  return [{ control: 'security/secret-reference', subject, parameters: { secrets: secrets.sort().join(', ') } }];
}
