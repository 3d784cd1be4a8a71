/**
 * The AppProject: from this repository, into this namespace, these kinds, and nothing else.
 */
import { KINDS, type ObjectKind } from '../../derive/kubernetes-kinds.ts';
import { printYaml } from '../../printers/yaml.ts';
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
      description: `${system.title}, ${environment.name}`,
      sourceRepos: [repository.url],
      destinations: [{ server: environment.cluster, namespace: environment.namespace }],
      clusterResourceWhitelist: KINDS.filter((kind) => kind.isClusterScoped)
        // Its own namespace and no other.
        .map((kind) => ({ ...groupKind(kind), name: environment.namespace })),
      namespaceResourceWhitelist: KINDS.filter((kind) => !kind.isClusterScoped).map(groupKind),
      orphanedResources: { warn: true },
    },
  };
  return {
    path: 'argocd/project.yaml',
    text: printYaml(manifest),
    origins: [
      { part: '', origin: environment.origin.self },
      { part: '/spec/sourceRepos/0', origin: repository.origin.of('url') },
      { part: '/spec/destinations/0/server', origin: environment.origin.of('cluster') },
      { part: '/spec/destinations/0/namespace', origin: environment.origin.of('namespace') },
    ],
    claims: [
      {
        control: 'delivery/project-boundary',
        subject: 'environment',
        parameters: { repositories: 1, destinations: 1, kinds: KINDS.length },
      },
    ],
  };
}

const groupKind = ({ group, kind }: ObjectKind) => ({ group, kind });
