/**
 * What Argo CD is told: one project that bounds what may be deployed, and one Application that keeps the cluster like Git.
 *
 * Relies on `kubernetes-kinds.ts` for the kinds that may exist. Without a repository in the spec there is nothing to follow, and
 * nothing is emitted.
 */
import type { Model, RepositoryModel } from '../../resolve/model/index.ts';
import type { Artifact, Emitter } from '../emitter.ts';
import { applicationOf } from './application.ts';
import { projectOf } from './project.ts';

export const emitter: Emitter = {
  id: 'argocd',
  target: 'argocd',
  title: 'Argo CD project and application',
  emit: (model) => emitFor(model, model.system.repository),
};

const emitFor = (model: Model, repository: RepositoryModel | undefined): readonly Artifact[] =>
  repository === undefined ? [] : [applicationOf(model, repository), projectOf(model, repository)];
