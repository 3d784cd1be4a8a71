/**
 * Names that objects in a cluster share: labels, annotations, ports, neighbours, and the order they are applied in.
 *
 * Owns every such constant, so that a selector, the label it selects and the rule that reads it cannot disagree. Relies on nothing.
 * Which object carries what is said by the emitters.
 */

/**
 * Labels. `instance` is unique in a namespace and equals the name of the workload: pods are selected by it. Argo CD may write the name of
 * its application over `instance` on every object that it applies (its way of tracking up to 2.14), though never on the pods inside; so
 * whatever selects objects by their own labels goes by `name` and `component`.
 */
export const LABELS = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  version: 'app.kubernetes.io/version',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
  owner: 'owner',
  tier: 'tier',
  environment: 'environment',
  namespaceName: 'kubernetes.io/metadata.name',
} as const;

export const MANAGED_BY = 'seaworthy';

export const ANNOTATIONS = {
  /** Fields whose value is provisional, because the owner of the system has not decided yet. */
  undecided: 'seaworthy.dev/undecided',
  /** Why linters are told to leave out a check on this object. */
  exempt: 'seaworthy.dev/exempt',
  syncWave: 'argocd.argoproj.io/sync-wave',
  syncOptions: 'argocd.argoproj.io/sync-options',
  compareOptions: 'argocd.argoproj.io/compare-options',
  manifestGeneratePaths: 'argocd.argoproj.io/manifest-generate-paths',
  hook: 'argocd.argoproj.io/hook',
  hookDeletePolicy: 'argocd.argoproj.io/hook-delete-policy',
  /** Cluster Autoscaler and Karpenter must not move a pod that runs to completion. */
  safeToEvict: 'cluster-autoscaler.kubernetes.io/safe-to-evict',
  doNotDisrupt: 'karpenter.sh/do-not-disrupt',
} as const;

export const PORT_NAMES = { http: 'http', egress: 'egress', metrics: 'metrics', probe: 'probe' } as const;

/**
 * The DNS of a cluster: its pods, and the port that they listen on, which is the one that a NetworkPolicy sees. NodeLocal DNSCache
 * answers on a link-local address of each node (kubernetes.io, "Using NodeLocal DNSCache").
 */
export const DNS = {
  'kube-dns': {
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns' },
    port: 53,
    service: 'kube-dns.kube-system.svc.cluster.local',
    nodeLocal: ['169.254.20.10/32'],
  },
  openshift: {
    namespace: 'openshift-dns',
    labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    port: 5353,
    service: 'dns-default.openshift-dns.svc.cluster.local',
    nodeLocal: [],
  },
} as const;

/** Where the gateway finds its policy, and the variable that tells it. */
export const RUNTIME_POLICY = { directory: '/etc/seaworthy', file: 'policy.json', env: 'SEAWORTHY_POLICY' } as const;

/**
 * nginx in pods: where its files are and what it listens on. Ports below 1024 would need a capability, so the public ones are mapped;
 * probes come to the pod's address, and only the exporter beside it may read the status.
 */
export const EDGE_PODS = {
  configuration: '/etc/nginx',
  certificates: '/etc/tls',
  scratch: '/tmp',
  ports: { http: 8080, https: 8443, probe: 8081, status: 8082, metrics: 9113 },
  probes: { liveness: '/livez', readiness: '/readyz' },
  status: '/stub_status',
} as const;

/**
 * The order in which Argo CD applies objects; each wave waits until the one before is healthy.
 * Workloads and CronJobs come last: a slow rollout, or a CronJob that Argo CD calls degraded because its last run failed,
 * then never holds back the rest of a sync.
 */
export const SYNC_WAVES: Readonly<Record<string, number>> = {
  Namespace: -5,
  ServiceAccount: -5,
  ExternalSecret: -4,
  NetworkPolicy: -2,
  ConfigMap: -2,
  Issuer: -2,
  // Together with the pods of nginx: over http-01 they show the challenge, otherwise they wait for the Secret.
  Certificate: 2,
  Job: -1,
  Service: 0,
  PodDisruptionBudget: 0,
  ServiceMonitor: 1,
  PrometheusRule: 1,
  // An Ingress and a Gateway are healthy when the cloud has given them an address; nothing else should wait with them.
  Gateway: 2,
  HTTPRoute: 2,
  Ingress: 2,
  Deployment: 2,
  // Most storage binds a claim only when its pod is scheduled, so an earlier wave would wait for ever.
  PersistentVolumeClaim: 2,
  HorizontalPodAutoscaler: 2,
  CronJob: 2,
};

/** Stores that the system runs itself come before the jobs that use them, such as migrations. */
export const SYNC_WAVE_OF_STORES = -2;

/** Where the compiler's own pods find what is mounted. */
export const PLACES = { certificate: '/etc/tls' } as const;

/** A text as a label value: at most 63 characters of letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit. */
export const labelValue = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
