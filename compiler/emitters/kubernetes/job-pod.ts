/**
 * Jobs and CronJobs: pods that run to completion.
 *
 * Owns when they start, how often they are tried again, how long they may take, and how long their traces stay.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import type { Mark, Marked, MarkedFields } from '../../marks.ts';
import type { Model } from '../../resolve/model/index.ts';
import type { CronJobSpec, JobSpec, PodSpec } from './kubernetes-api.ts';
import { labelsOf, type Subject } from './metadata.ts';

const RETRIES = 2;
const SECONDS_A_DAY = 86_400;

/** A start that was missed by more than this is left to the next one. */
const STARTING_DEADLINE_SECONDS = 1800;

export interface RunOnce {
  readonly subject: Subject;
  /** In whole seconds. */
  readonly deadline: Mark<number>;
  readonly pod: PodDraft;
}

/** Without the field that every job has. */
export type PodDraft = MarkedFields<Omit<PodSpec, 'restartPolicy'>>;

/** A job that is started once. Its pods stay for a day, for whoever asks what happened. */
export const jobSpecOf = (model: Model, run: RunOnce): Marked<JobSpec> => ({
  ...attemptsOf(model, run),
  ttlSecondsAfterFinished: SECONDS_A_DAY,
});

/** A job that is started by the clock; finished runs are kept by number, not by age. */
export const cronJobSpecOf = (model: Model, schedule: Mark<string>, run: RunOnce): Marked<CronJobSpec> => ({
  schedule,
  timeZone: 'Etc/UTC',
  concurrencyPolicy: 'Forbid',
  startingDeadlineSeconds: STARTING_DEADLINE_SECONDS,
  successfulJobsHistoryLimit: 3,
  failedJobsHistoryLimit: 3,
  suspend: false,
  jobTemplate: { metadata: { labels: labelsOf(model, run.subject) }, spec: attemptsOf(model, run) },
});

const attemptsOf = (model: Model, { subject, deadline, pod }: RunOnce) => ({
  activeDeadlineSeconds: deadline,
  backoffLimit: RETRIES,
  template: {
    metadata: {
      labels: labelsOf(model, subject),
      annotations: { [ANNOTATIONS.safeToEvict]: 'false', [ANNOTATIONS.doNotDisrupt]: 'true' },
    },
    // A failed pod stays with its log, instead of being started again over it.
    spec: { ...pod, restartPolicy: 'Never' },
  },
});
