/**
 * delivery/namespace-is-its-own
 *
 * Owns one claim: an environment does not move into a namespace of Kubernetes, of the platform, or of the tools that look after it.
 */
import { wants } from '../../../derive/kubernetes-scope.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check } from '../../check.ts';

export const namespaceIsItsOwn: Check = {
  id: 'delivery/namespace-is-its-own',
  code: 'SW-456',
  severity: 'error',
  title: 'A namespace belongs to somebody else',
  why: 'The tree brings a policy that denies all traffic in its namespace, and Argo CD prunes what it does not know: both would hit what already runs there.',
  hint: 'Give the environment a namespace of its own, such as `namespace: shop-production`.',
  run: (model) => {
    const { environment } = model;
    const owner = wants(model, 'kubernetes') ? ownerOf(model) : undefined;
    if (owner === undefined) return [];
    return [
      {
        at: environment.origin.of('namespace'),
        message: `${environment.name} would live in \`${environment.namespace}\`, the namespace of ${owner}`,
        hint: `Write \`namespace: ${model.system.name}-${environment.name}\`.`,
      },
    ];
  },
};

function ownerOf({ system, environment }: Model): string | undefined {
  const { namespace, argocdNamespace } = environment;
  const { wanted } = system.targets;
  // The prefixes are reserved by Kubernetes and by OpenShift; `default` is where everything lands that names no namespace.
  if (namespace === 'default' || /^kube-/.test(namespace)) return 'Kubernetes itself';
  if (/^openshift(?:-|$)/.test(namespace)) return 'OpenShift itself';
  if (wanted.includes('argocd') && namespace === argocdNamespace) return 'Argo CD';
  return wanted.includes('prometheus') && namespace === system.monitoring.prometheus.namespace
    ? 'Prometheus'
    : undefined;
}
