/**
 * The namespace and its default: nothing talks to anything, in either direction, unless a policy of a workload says so.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import { claim, from, type Marked } from '../../marks.ts';
import type { Model, VersionsModel } from '../../resolve/model/index.ts';
import { KubeNamespace, KubeNetworkPolicy } from './kubernetes-api.ts';
import { metadataOf, systemSubject } from './metadata.ts';
import { type ObjectDraft, SYSTEM_FOLDER, typed } from './object-draft.ts';

export function namespaceOf(model: Model): ObjectDraft {
  const { environment, system } = model;
  // Deleting a namespace deletes all that is in it, volumes of others included.
  const keep = wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'Delete=false,Prune=false' } : {};
  const { namespace: _, ...metadata } = metadataOf(
    model,
    'Namespace',
    environment.namespace,
    systemSubject(model),
    keep,
  );
  return {
    folder: SYSTEM_FOLDER,
    object: typed(
      KubeNamespace,
      from(environment.origin.self, {
        metadata: {
          ...metadata,
          name: from(environment.origin.of('namespace'), metadata.name),
          labels: claim(
            'security/restricted-pod',
            'environment',
            { level: 'restricted', version: `v${system.versions.kubernetes}` },
            { ...metadata.labels, ...podSecurityLabels(system.versions) },
          ),
        },
      }),
    ),
  };
}

/** Pinned, so that a cluster upgrade does not change what is admitted; the next pin is a change that somebody reviews. */
function podSecurityLabels({ kubernetes, origin }: VersionsModel): Record<string, Marked<string>> {
  const modes = ['enforce', 'audit', 'warn'].flatMap((mode): [string, Marked<string>][] => [
    [`pod-security.kubernetes.io/${mode}`, 'restricted'],
    [`pod-security.kubernetes.io/${mode}-version`, from(origin.of('kubernetes'), `v${kubernetes}`)],
  ]);
  return Object.fromEntries(modes);
}

export const defaultDenyOf = (model: Model): ObjectDraft => ({
  folder: SYSTEM_FOLDER,
  object: typed(
    KubeNetworkPolicy,
    from(model.environment.origin.self, {
      metadata: metadataOf(model, 'NetworkPolicy', 'default-deny', systemSubject(model)),
      spec: claim(
        'security/network-policy',
        'environment',
        { default: 'deny', directions: 'ingress, egress' },
        { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      ),
    }),
  ),
});
