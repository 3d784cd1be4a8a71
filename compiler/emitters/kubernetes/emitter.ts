/**
 * Kubernetes manifests: one object a file, complete and ready to be applied as they are.
 *
 * Assembles only. Which objects a model needs is said by `kubernetes-scope.ts`, what they look like by the files of this folder.
 */
import {
  backupJobs,
  type ContainerService,
  containerServices,
  hasAutoscaler,
  hasDisruptionBudget,
  hasOperator,
  hasPorts,
  isMonitored,
  secretsOf,
  volumeDatastores,
} from '../../derive/kubernetes-scope.ts';
import { selfRunStores } from '../../derive/self-run-stores.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { Artifact, Emitter } from '../emitter.ts';
import { backupDrafts } from './backup/backup-job.ts';
import { deploymentOf } from './deployment.ts';
import { edgeDrafts } from './edge/edge-drafts.ts';
import { externalSecretOf } from './external-secret.ts';
import { gatewayConfigMapOf } from './gateway-config-map.ts';
import { defaultDenyOf, namespaceOf } from './namespace.ts';
import { networkPolicyOf } from './network-policy.ts';
import { type ObjectDraft, synthesize } from './object-draft.ts';
import { autoscalerOf, disruptionBudgetOf, serviceAccountOf, serviceOf } from './service.ts';
import { serviceJobDrafts } from './service-job.ts';
import { serviceMonitorOf } from './service-monitor.ts';
import { storeDrafts } from './stores/stores.ts';
import { volumeClaimOf } from './volume-claim.ts';

export const emitter: Emitter = {
  id: 'kubernetes',
  target: 'kubernetes',
  title: 'Kubernetes manifests, one object a file',
  emit: (model, earlier = []) => synthesize(draftsOf(model, earlier)),
};

const draftsOf = (model: Model, earlier: readonly Artifact[]): readonly ObjectDraft[] => [
  namespaceOf(model),
  defaultDenyOf(model),
  ...secretDrafts(model),
  ...selfRunStores(model).flatMap((store) => storeDrafts(model, store)),
  ...containerServices(model).flatMap((service) => serviceDrafts(model, service)),
  ...backupJobs(model).flatMap((job) => backupDrafts(model, job)),
  ...edgeDrafts(model, earlier),
];

/** Without a store the Secrets are made by hand, or by a tool that the spec does not name. */
function secretDrafts(model: Model): readonly ObjectDraft[] {
  const { secretStore } = model.environment;
  return secretStore === undefined ? [] : secretsOf(model).map((use) => externalSecretOf(model, secretStore, use));
}

function serviceDrafts(model: Model, service: ContainerService): readonly ObjectDraft[] {
  const policy = service.role === 'gateway' ? gatewayConfigMapOf(model, service) : undefined;
  const policyName = policy?.object.value.metadata.name;
  const metricsPort = isMonitored(model, service) ? service.metrics.port : undefined;
  return [
    serviceAccountOf(model, service),
    networkPolicyOf(model, service),
    ...(policy === undefined ? [] : [policy]),
    ...volumeDatastores(model, service).map((store) => volumeClaimOf(model, service, store)),
    ...service.jobs.flatMap((job) => serviceJobDrafts(model, { service, job }, policyName)),
    ...(hasPorts(service) ? [serviceOf(model, service)] : []),
    ...(hasDisruptionBudget(service) ? [disruptionBudgetOf(model, service)] : []),
    ...(metricsPort === undefined || !hasOperator(model) ? [] : [serviceMonitorOf(model, service, metricsPort)]),
    deploymentOf(model, service, policyName),
    ...(hasAutoscaler(service) ? [autoscalerOf(model, service)] : []),
  ];
}
