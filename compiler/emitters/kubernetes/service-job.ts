/**
 * The jobs of a service: the same image, rights and variables as its replicas, another command.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { wholeSeconds } from '../../../schemas/units/index.ts';
import { type ServiceJob, wants } from '../../derive/kubernetes-scope.ts';
import { from } from '../../marks.ts';
import { objectName } from '../../object-name.ts';
import type { Model } from '../../resolve/model/index.ts';
import { containerOf } from './container.ts';
import { commonPodSpec, volumesOf } from './deployment.ts';
import { cronJobSpecOf, jobSpecOf, type RunOnce } from './job-pod.ts';
import { KubeCronJob, KubeJob } from './kubernetes-api.ts';
import { LONGEST_CRONJOB_NAME, metadataOf, type Subject, subjectOf } from './metadata.ts';
import { egressPolicy } from './network-policy.ts';
import { egressRules } from './network-rules.ts';
import { type ObjectDraft, typed } from './object-draft.ts';
import { graceSeconds } from './shutdown.ts';

/** The job, and the policy that lets it reach what its service reaches. */
export function serviceJobDrafts(model: Model, one: ServiceJob, policy: string | undefined): readonly ObjectDraft[] {
  const { service, job } = one;
  const subject: Subject = {
    ...subjectOf(service),
    component: 'job',
    instance: objectName(`${service.name}-${job.name}`, LONGEST_CRONJOB_NAME),
  };
  return [
    { folder: service.name, object: jobObject(model, one, subject, policy) },
    { folder: service.name, object: egressPolicy(model, subject, egressRules(model, service), job.origin.self) },
  ];
}

function jobObject(model: Model, { service, job }: ServiceJob, subject: Subject, policy: string | undefined) {
  const run: RunOnce = {
    subject,
    deadline: from(job.origin.of('deadline'), wholeSeconds(job.deadline)),
    pod: {
      ...commonPodSpec(model, service),
      terminationGracePeriodSeconds: from(service.shutdown.origin.of('grace'), graceSeconds(service.shutdown)),
      containers: [containerOf(model, service, { command: job.command, args: [], origin: job.origin })],
      volumes: volumesOf(service, policy),
    },
  };
  if (job.schedule === undefined)
    return typed(
      KubeJob,
      from(job.origin.self, {
        metadata: metadataOf(model, 'Job', subject.instance, subject, hookOf(model)),
        spec: jobSpecOf(model, run),
      }),
    );
  return typed(
    KubeCronJob,
    from(job.origin.self, {
      metadata: metadataOf(model, 'CronJob', subject.instance, subject),
      spec: cronJobSpecOf(model, from(job.origin.of('schedule'), job.schedule), run),
    }),
  );
}

/**
 * A hook of the sync itself, in its wave between the secrets and the workloads: a PreSync hook would wait on the first day for a
 * namespace, an account and secrets that come only after it. Each sync runs it anew.
 */
const hookOf = (model: Model): Record<string, string> =>
  wants(model, 'argocd') ? { [ANNOTATIONS.hook]: 'Sync', [ANNOTATIONS.hookDeletePolicy]: 'BeforeHookCreation' } : {};
