/**
 * The kinds of object that may ever stand under `kubernetes/`, so that Argo CD may apply these and no others.
 *
 * The list is the same for every model: Argo CD forgets objects of a kind that its project no longer permits, instead of pruning them,
 * and refuses a commit with a kind that the project does not permit yet. A test compares the list with what is emitted.
 */

export interface ObjectKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly isClusterScoped: boolean;
}

const inNamespace = (group: string, kind: string): ObjectKind => ({ group, kind, isClusterScoped: false });

/** Sorted by group and kind. */
export const KINDS: readonly ObjectKind[] = [
  inNamespace('', 'ConfigMap'),
  { group: '', kind: 'Namespace', isClusterScoped: true },
  inNamespace('', 'PersistentVolumeClaim'),
  inNamespace('', 'Service'),
  inNamespace('', 'ServiceAccount'),
  inNamespace('apps', 'Deployment'),
  inNamespace('apps', 'StatefulSet'),
  inNamespace('autoscaling', 'HorizontalPodAutoscaler'),
  inNamespace('batch', 'CronJob'),
  inNamespace('batch', 'Job'),
  inNamespace('cert-manager.io', 'Certificate'),
  inNamespace('cert-manager.io', 'Issuer'),
  inNamespace('external-secrets.io', 'ExternalSecret'),
  inNamespace('gateway.networking.k8s.io', 'Gateway'),
  inNamespace('gateway.networking.k8s.io', 'HTTPRoute'),
  inNamespace('monitoring.coreos.com', 'PrometheusRule'),
  inNamespace('monitoring.coreos.com', 'ServiceMonitor'),
  inNamespace('networking.k8s.io', 'Ingress'),
  inNamespace('networking.k8s.io', 'NetworkPolicy'),
  inNamespace('policy', 'PodDisruptionBudget'),
];
