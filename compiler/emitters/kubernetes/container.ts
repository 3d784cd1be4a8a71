/**
 * The container of a service, for its Deployment and for its jobs.
 */

import { RUNTIME_POLICY } from '../../../schemas/kubernetes-conventions.ts';
import { formatKubernetesBytes, formatKubernetesCpu } from '../../../schemas/units/index.ts';
import { variablesOf } from '../../derive/connections/connections.ts';
import type { ContainerService } from '../../derive/kubernetes-scope.ts';
import type { EnvVarModel, Model, ResourcesModel } from '../../resolve/model/index.ts';
import { type Container, type EnvVar, Quantity, type ResourceRequirements } from './kubernetes-api.ts';
import { containerSecurityOf, scratchMounts } from './pod-security.ts';
import { fileMounts } from './secret-files.ts';

/** Everything but ports, probes and hooks, which only a Deployment has. */
export function containerOf(
  model: Model,
  service: ContainerService,
  command = service.command,
  args = service.args,
): Container {
  const env = envOf(model, service);
  const volumeMounts = [
    ...scratchMounts(service.security.writable),
    ...policyMounts(service),
    ...fileMounts(service.files),
  ];
  return {
    name: service.name,
    image: service.image.reference,
    // Even with a digest: the registry then decides at every start whether this node may have the image.
    imagePullPolicy: 'Always',
    ...(command.length === 0 ? {} : { command: command.map(literal) }),
    ...(args.length === 0 ? {} : { args: args.map(literal) }),
    ...(env.length === 0 ? {} : { env }),
    ...(service.resources === undefined ? {} : { resources: resourcesOf(service.resources) }),
    securityContext: containerSecurityOf(service.security.readOnlyRootFilesystem),
    ...(volumeMounts.length === 0 ? {} : { volumeMounts }),
  };
}

export const POLICY_VOLUME = 'runtime-policy';

const policyMounts = ({ role }: ContainerService) =>
  role === 'gateway' ? [{ name: POLICY_VOLUME, mountPath: RUNTIME_POLICY.directory, readOnly: true }] : [];

function envOf(model: Model, service: ContainerService): EnvVar[] {
  const { role } = service;
  const env = variablesOf(model, service);
  const variables = env.map(toEnvVar);
  if (role !== 'gateway' || env.some((variable) => variable.name === RUNTIME_POLICY.env)) return variables;
  return [...variables, { name: RUNTIME_POLICY.env, value: `${RUNTIME_POLICY.directory}/${RUNTIME_POLICY.file}` }];
}

function toEnvVar(variable: EnvVarModel): EnvVar {
  if (variable.kind === 'literal') return { name: variable.name, value: literal(variable.value) };
  const { secret, key, optional } = variable;
  return { name: variable.name, valueFrom: { secretKeyRef: { name: secret, key, ...(optional ? { optional } : {}) } } };
}

// Kubernetes would put the value of another variable in place of $(NAME); the spec means what it says.
const literal = (text: string): string => text.replaceAll('$(', '$$$$(');

function resourcesOf(resources: ResourcesModel): ResourceRequirements {
  const storage = Quantity.fromString(formatKubernetesBytes(resources.ephemeralStorage));
  return {
    requests: {
      cpu: Quantity.fromString(formatKubernetesCpu(resources.cpuRequest)),
      memory: Quantity.fromString(formatKubernetesBytes(resources.memoryRequest)),
      'ephemeral-storage': storage,
    },
    limits: {
      cpu: Quantity.fromString(formatKubernetesCpu(resources.cpuLimit)),
      memory: Quantity.fromString(formatKubernetesBytes(resources.memoryLimit)),
      'ephemeral-storage': storage,
    },
  };
}
