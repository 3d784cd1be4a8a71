/**
 * The namespace and its default: nothing talks to anything, in either direction, unless a policy of a workload says so.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { wants } from '../../derive/kubernetes-scope.ts';
import type { Model } from '../../resolve/model/index.ts';
import { KubeNamespace, KubeNetworkPolicy } from './kubernetes-api.ts';
import { metadataOf, systemSubject } from './metadata.ts';
import { type ObjectDraft, SYSTEM_FOLDER } from './object-draft.ts';

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
    manifest: KubeNamespace.manifest({
      metadata: { ...metadata, labels: { ...metadata.labels, ...podSecurityLabels(system.versions.kubernetes) } },
    }),
    origins: [
      { part: '', origin: environment.origin.self },
      { part: '/metadata/name', origin: environment.origin.of('namespace') },
      { part: '/metadata/labels/pod-security.kubernetes.io~1enforce-version', origin: versionOrigin(model) },
    ],
    claims: [
      {
        control: 'security/restricted-pod',
        subject: 'environment',
        parameters: { level: 'restricted', version: `v${system.versions.kubernetes}` },
      },
    ],
  };
}

const versionOrigin = ({ system }: Model) => system.versions.origin.of('kubernetes');

/** Pinned, so that a cluster upgrade does not change what is admitted; the next pin is a change that somebody reviews. */
function podSecurityLabels(version: string): Record<string, string> {
  const modes = ['enforce', 'audit', 'warn'].flatMap((mode): [string, string][] => [
    [`pod-security.kubernetes.io/${mode}`, 'restricted'],
    [`pod-security.kubernetes.io/${mode}-version`, `v${version}`],
  ]);
  return Object.fromEntries(modes);
}

export const defaultDenyOf = (model: Model): ObjectDraft => ({
  folder: SYSTEM_FOLDER,
  manifest: KubeNetworkPolicy.manifest({
    metadata: metadataOf(model, 'NetworkPolicy', 'default-deny', systemSubject(model)),
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  }),
  origins: [{ part: '', origin: model.environment.origin.self }],
  claims: [
    {
      control: 'security/network-policy',
      subject: 'environment',
      parameters: { default: 'deny', directions: 'ingress, egress' },
    },
  ],
});
