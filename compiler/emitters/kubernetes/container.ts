/**
 * The container of a service, for its Deployment and for its jobs.
 */

import { RUNTIME_POLICY } from '../../../schemas/kubernetes-conventions.ts';
import { formatKubernetesBytes, formatKubernetesCpu } from '../../../schemas/units/index.ts';
import { variablesOf } from '../../derive/connections/connections.ts';
import type { ContainerService } from '../../derive/kubernetes-scope.ts';
import { field, from, type Mark, type Marked, type MarkedFields } from '../../marks.ts';
import type { EnvVarModel, Model, Origin, ResourcesModel } from '../../resolve/model/index.ts';
import {
  type Container,
  type EnvVar,
  Quantity,
  type ResourceRequirements,
  type VolumeMount,
} from './kubernetes-api.ts';
import { containerSecurityOf, scratchMounts } from './pod-security.ts';
import { fileMounts } from './secret-files.ts';

/** Everything but ports, probes and hooks, which only a Deployment has. */
export function containerOf(
  model: Model,
  service: ContainerService,
  { command, args, origin }: Run = service,
): MarkedFields<Container> {
  const { image, security, resources } = service;
  const env = envOf(model, service);
  const volumeMounts = mountsOf(service);
  return {
    name: from(service.origin.of('name'), service.name),
    image: from(image.origin.self, image.reference),
    // Even with a digest: the registry then decides at every start whether this node may have the image.
    imagePullPolicy: 'Always',
    command: command.length === 0 ? undefined : from(origin.of('command'), command.map(literal)),
    args: args.length === 0 ? undefined : from(origin.of('args'), args.map(literal)),
    env: env.length === 0 ? undefined : env,
    resources: resources && resourcesOf(resources),
    securityContext: containerSecurityOf(field(security, 'readOnlyRootFilesystem')),
    volumeMounts: volumeMounts.length === 0 ? undefined : volumeMounts,
  };
}

/** What a container runs: the service itself, or one of its jobs. */
export interface Run {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly origin: ContainerService['origin'];
}

export const mountsOf = ({ security, role, files, origin }: ContainerService): readonly Marked<VolumeMount>[] => [
  ...scratchMounts(security.writable),
  ...policyMounts(role, origin.of('role')),
  ...fileMounts(files, origin.of('files')),
];

export const POLICY_VOLUME = 'runtime-policy';

const policyMounts = (role: ContainerService['role'], origin: Origin): readonly Mark<VolumeMount>[] =>
  role === 'gateway'
    ? [from(origin, { name: POLICY_VOLUME, mountPath: RUNTIME_POLICY.directory, readOnly: true })]
    : [];

function envOf(model: Model, service: ContainerService): readonly Marked<EnvVar>[] {
  const { role } = service;
  const env = variablesOf(model, service);
  const variables = env.map(toEnvVar);
  if (role !== 'gateway' || env.some((variable) => variable.name === RUNTIME_POLICY.env)) return variables;
  const value = `${RUNTIME_POLICY.directory}/${RUNTIME_POLICY.file}`;
  return [...variables, from(service.origin.of('role'), { name: RUNTIME_POLICY.env, value })];
}

function toEnvVar(variable: EnvVarModel): Mark<EnvVar> {
  const { name, origin } = variable;
  if (variable.kind === 'literal') return from<EnvVar>(origin.self, { name, value: literal(variable.value) });
  const { secret, key, optional } = variable;
  return from<EnvVar>(origin.self, {
    name,
    valueFrom: { secretKeyRef: { name: secret, key, ...(optional ? { optional } : {}) } },
  });
}

// Kubernetes would put the value of another variable in place of $(NAME); the spec means what it says.
const literal = (text: string): string => text.replaceAll('$(', '$$$$(');

/** As they are printed. */
export const resourceFigures = (resources: ResourcesModel) => ({
  cpu: formatKubernetesCpu(resources.cpuRequest),
  memory: formatKubernetesBytes(resources.memoryRequest),
  cpuLimit: formatKubernetesCpu(resources.cpuLimit),
  memoryLimit: formatKubernetesBytes(resources.memoryLimit),
});

export function resourcesOf(resources: ResourcesModel): Marked<ResourceRequirements> {
  const { of } = resources.origin;
  const { cpu, memory, cpuLimit, memoryLimit } = resourceFigures(resources);
  const quantity = (field: string, text: string) => from(of(field), Quantity.fromString(text));
  const storage = quantity('ephemeralStorage', formatKubernetesBytes(resources.ephemeralStorage));
  return {
    requests: {
      cpu: quantity('cpuRequest', cpu),
      memory: quantity('memoryRequest', memory),
      'ephemeral-storage': storage,
    },
    limits: {
      cpu: quantity('cpuLimit', cpuLimit),
      memory: quantity('memoryLimit', memoryLimit),
      'ephemeral-storage': storage,
    },
  };
}
