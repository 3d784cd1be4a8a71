/**
 * The AppProject: from this repository, into this namespace, these kinds, and nothing else.
 */
import { KINDS, type ObjectKind } from '../../derive/kubernetes-kinds.ts';
import { claim, field, from } from '../../marks.ts';
import { printMarkedYaml } from '../../printers/yaml.ts';
import type { Model, RepositoryModel } from '../../resolve/model/index.ts';
import type { Artifact } from '../emitter.ts';
import { metadataOf } from './names.ts';

export function projectOf(model: Model, repository: RepositoryModel): Artifact {
  const { environment, system } = model;
  const manifest = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: metadataOf(model),
    spec: {
      description: from(system.origin.of('title'), `${system.title}, ${environment.name}`),
      sourceRepos: [field(repository, 'url')],
      destinations: [{ server: field(environment, 'cluster'), namespace: field(environment, 'namespace') }],
      clusterResourceWhitelist: KINDS.filter((kind) => kind.isClusterScoped)
        // Its own namespace and no other.
        .map((kind) => ({ ...groupKind(kind), name: field(environment, 'namespace') })),
      namespaceResourceWhitelist: KINDS.filter((kind) => !kind.isClusterScoped).map(groupKind),
      orphanedResources: { warn: true },
    },
  };
  const parameters = { repositories: 1, destinations: 1, kinds: KINDS.length };
  const marked = from(environment.origin.self, claim('delivery/project-boundary', 'environment', parameters, manifest));
  return { path: 'argocd/project.yaml', ...printMarkedYaml(marked) };
}

const groupKind = ({ group, kind }: ObjectKind) => ({ group, kind });
