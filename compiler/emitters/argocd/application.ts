/**
 * The Application: a folder of Git in, a namespace of a cluster out.
 *
 * Options and annotations are free texts that Argo CD does not check, so a misspelt one is silently nothing; they are written here once.
 * There is no finalizer: deleting the Application by accident must not delete what it runs. One field is ignored in the comparison, and
 * left alone by syncs: the number of replicas where an autoscaler owns it. All else that the cluster owns the manifests leave out.
 */
import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { containerServices, keepsLiveReplicas } from '../../derive/kubernetes-scope.ts';
import { claim, field, from } from '../../marks.ts';
import { printMarkedYaml } from '../../printers/yaml.ts';
import type { Model, RepositoryModel } from '../../resolve/model/index.ts';
import type { Artifact } from '../emitter.ts';
import { markedNameOf, metadataOf } from './names.ts';

const SYNC_OPTIONS = [
  // Only what changed is applied again.
  'ApplyOutOfSyncOnly=true',
  // The Namespace is a manifest of its own, with its security labels.
  'CreateNamespace=false',
  // Two applications over one object would undo each other.
  'FailOnSharedResource=true',
  'PrunePropagationPolicy=foreground',
  // What is ignored in the comparison keeps its live value when the rest of the object is applied.
  'RespectIgnoreDifferences=true',
  'ServerSideApply=true',
] as const;

export function applicationOf(model: Model, repository: RepositoryModel): Artifact {
  const { environment } = model;
  const path = sourcePath(model, repository);
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: {
      ...metadataOf(model),
      annotations: {
        [ANNOTATIONS.compareOptions]: 'ServerSideDiff=true',
        // Relative to the source path: commits elsewhere in the repository do not refresh it.
        [ANNOTATIONS.manifestGeneratePaths]: '.',
      },
    },
    spec: {
      project: markedNameOf(model),
      source: {
        repoURL: field(repository, 'url'),
        targetRevision: field(repository, 'revision'),
        path: from(repository.origin.of('path'), path),
        directory: { recurse: true, include: '*.yaml' },
      },
      destination: { server: field(environment, 'cluster'), namespace: field(environment, 'namespace') },
      ...ignoredDifferences(model),
      revisionHistoryLimit: 10,
      syncPolicy: {
        automated: { prune: true, selfHeal: true, allowEmpty: false },
        syncOptions: [...SYNC_OPTIONS],
        // `refresh` lets a commit that fixes the cause end a series of retries.
        retry: { limit: 5, refresh: true, backoff: { duration: '5s', factor: 2, maxDuration: '3m' } },
      },
    },
  };
  const parameters = { path, revision: repository.revision, prune: true, selfHeal: true };
  const marked = from(environment.origin.self, claim('delivery/gitops', 'environment', parameters, manifest));
  return { path: 'argocd/application.yaml', ...printMarkedYaml(marked) };
}

/** Exactly one scalar of exactly these objects: the option is known to go wrong with lists of custom resources. */
function ignoredDifferences(model: Model) {
  const scaled = containerServices(model).filter((service) => keepsLiveReplicas(model, service));
  if (scaled.length === 0) return {};
  return {
    ignoreDifferences: scaled.map(({ name, scale }) => ({
      group: 'apps',
      kind: 'Deployment',
      name: from(scale.origin.of('max'), name),
      jsonPointers: ['/spec/replicas'],
    })),
  };
}

const sourcePath = ({ system, environment }: Model, { path }: RepositoryModel): string =>
  [...path.split('/').filter((part) => part !== '' && part !== '.'), system.name, environment.name, 'kubernetes'].join(
    '/',
  );
