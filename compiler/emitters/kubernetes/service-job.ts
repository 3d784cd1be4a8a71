/**
 * The jobs of a service: the same image, rights and variables as its replicas, another command.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { type ServiceJob, wants } from '../../derive/kubernetes-scope.ts';
import { objectName } from '../../object-name.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { OriginMark } from '../emitter.ts';
import { containerOf } from './container.ts';
import { commonPodSpec, volumesOf } from './deployment.ts';
import { KubeCronJob, KubeJob } from './kubernetes-api.ts';
import { LONGEST_CRONJOB_NAME, metadataOf, type Subject, subjectOf } from './metadata.ts';
import { egressPolicy } from './network-policy.ts';
import { egressRules } from './network-rules.ts';
import type { ObjectDraft } from './object-draft.ts';
import { cronJobSpecOf, jobSpecOf, type RunOnce } from './run-once-pod.ts';
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
    { folder: service.name, manifest: jobManifest(model, one, subject, policy), origins: originsOfJob(one) },
    {
      folder: service.name,
      manifest: egressPolicy(model, subject, egressRules(model, service)),
      origins: [{ part: '', origin: job.origin.self }],
    },
  ];
}

function jobManifest(model: Model, { service, job }: ServiceJob, subject: Subject, policy: string | undefined) {
  const run: RunOnce = {
    subject,
    deadline: job.deadline,
    pod: {
      ...commonPodSpec(model, service),
      terminationGracePeriodSeconds: graceSeconds(service.shutdown),
      containers: [containerOf(model, service, job.command, [])],
      volumes: volumesOf(service, policy),
    },
  };
  if (job.schedule === undefined)
    return KubeJob.manifest({
      metadata: metadataOf(model, 'Job', subject.instance, subject, hookOf(model)),
      spec: jobSpecOf(model, run),
    });
  return KubeCronJob.manifest({
    metadata: metadataOf(model, 'CronJob', subject.instance, subject),
    spec: cronJobSpecOf(model, job.schedule, run),
  });
}

/**
 * A hook of the sync itself, in its wave between the secrets and the workloads: a PreSync hook would wait on the first day for a
 * namespace, an account and secrets that come only after it. Each sync runs it anew.
 */
const hookOf = (model: Model): Record<string, string> =>
  wants(model, 'argocd') ? { [ANNOTATIONS.hook]: 'Sync', [ANNOTATIONS.hookDeletePolicy]: 'BeforeHookCreation' } : {};

function originsOfJob({ service, job }: ServiceJob): readonly OriginMark[] {
  const template = job.schedule === undefined ? '/spec' : '/spec/jobTemplate/spec';
  return [
    { part: '', origin: job.origin.self },
    ...(job.schedule === undefined ? [] : [{ part: '/spec/schedule', origin: job.origin.of('schedule') }]),
    { part: `${template}/activeDeadlineSeconds`, origin: job.origin.of('deadline') },
    { part: `${template}/template/spec/containers/0/command`, origin: job.origin.of('command') },
    { part: `${template}/template/spec/containers/0/image`, origin: service.image.origin.self },
  ];
}
