/**
 * Of a service: how a process on a host is started, and rules where nobody wants any.
 */
import { wants } from '../../../derive/kubernetes-scope.ts';
import type { Model, ServiceModel } from '../../../resolve/model/index.ts';
import { type Unkept, whereWritten } from './unkept.ts';

export function unkeptOfService(model: Model, service: ServiceModel): readonly Unkept[] {
  const subject = `service ${service.name}`;
  const { origin, process } = service;
  const noUnit = `nothing is generated for ${process?.manager ?? 'a process manager'}`;
  return [
    ...whereWritten(origin, subject, { language: 'no Dockerfile or base image is generated' }),
    ...(process === undefined
      ? []
      : whereWritten(process.origin, subject, { manager: noUnit, directory: noUnit }, 'process.')),
    ...(runsInCluster(model, service) ? [] : whereWritten(origin, subject, ON_HOSTS)),
    ...(wants(model, 'prometheus')
      ? []
      : whereWritten(origin, subject, { alerts: 'the target `prometheus` is not wanted' })),
    ...(wants(model, 'prometheus') || wants(model, 'runtime')
      ? []
      : whereWritten(origin, subject, { objectives: 'neither `prometheus` nor `runtime` is wanted' })),
  ];
}

const runsInCluster = (model: Model, service: ServiceModel): boolean =>
  wants(model, 'kubernetes') && service.image !== undefined;

const NO_WORKLOAD = 'it runs in no container here, and nothing generated starts it on a host';

const ON_HOSTS = {
  args: NO_WORKLOAD,
  command: NO_WORKLOAD,
  jobs: 'jobs are only made in Kubernetes, for a service with an image',
  resources: NO_WORKLOAD,
  security: NO_WORKLOAD,
};
