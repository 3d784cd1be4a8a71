/**
 * What can be said about a Deployment: which value of the spec caused which part, and which controls it realises.
 */
import { formatKubernetesBytes, formatKubernetesCpu, wholeSeconds } from '../../../schemas/units/index.ts';
import { variablesOf } from '../../derive/connections/connections.ts';
import { type ContainerService, hasAutoscaler, keepsLiveReplicas } from '../../derive/kubernetes-scope.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import type { Claim, OriginMark } from '../emitter.ts';
import { graceSeconds } from './shutdown.ts';

export function originsOfDeployment(model: Model, service: ContainerService): readonly OriginMark[] {
  const container = '/spec/template/spec/containers/0';
  const { origin, probes, resources, security, shutdown, scale, image } = service;
  return [
    { part: '', origin: origin.self },
    { part: `${container}/image`, origin: image.origin.self },
    ...(service.command.length === 0 ? [] : [{ part: `${container}/command`, origin: origin.of('command') }]),
    ...(service.args.length === 0 ? [] : [{ part: `${container}/args`, origin: origin.of('args') }]),
    ...variablesOf(model, service).map((variable, index) => ({
      part: `${container}/env/${index}`,
      origin: variable.origin.self,
    })),
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
    ...(service.priorityClass === undefined
      ? []
      : [{ part: '/spec/template/spec/priorityClassName', origin: origin.of('priorityClass') }]),
    ...(service.files.length === 0 ? [] : [{ part: `${container}/volumeMounts`, origin: origin.of('files') }]),
    ...(hasAutoscaler(service) && !keepsLiveReplicas(model, service)
      ? []
      : [{ part: '/spec/replicas', origin: scale.origin.of('min') }]),
  ];
}

const resourceMarks = (container: string, origin: ServiceModel['origin']): readonly OriginMark[] => [
  { part: `${container}/resources/requests/cpu`, origin: origin.of('cpuRequest') },
  { part: `${container}/resources/requests/memory`, origin: origin.of('memoryRequest') },
  { part: `${container}/resources/limits/cpu`, origin: origin.of('cpuLimit') },
  { part: `${container}/resources/limits/memory`, origin: origin.of('memoryLimit') },
  { part: `${container}/resources/limits/ephemeral-storage`, origin: origin.of('ephemeralStorage') },
];

export function claimsOfDeployment(model: Model, service: ContainerService): readonly Claim[] {
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
    ...secretClaims(model, service, subject),
  ];
}

/** The names of the secrets, never a value. */
function secretClaims(model: Model, service: ContainerService, subject: string): readonly Claim[] {
  const read = variablesOf(model, service).flatMap((one) => (one.kind === 'secret' ? [one.secret] : []));
  const secrets = [...new Set([...read, ...service.files.map(({ secret }) => secret)])];
  if (secrets.length === 0) return [];
  return [{ control: 'security/secret-reference', subject, parameters: { secrets: secrets.sort().join(', ') } }];
}
