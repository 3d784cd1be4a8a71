/**
 * Every default of the language: its name, its value as a person would write it, and the reason.
 *
 * Owns the one place where a value may come from when the spec leaves it out; `explain` lists this table. Values that follow from other
 * values (the memory limit from the memory request) say so in `value`.
 */

export interface Default {
  /** As it would stand in the spec. */
  readonly value: string | number | boolean;
  /** Field it stands in for, as `Kind.spec.path`. */
  readonly field: string;
  readonly reason: string;
}

export const DEFAULTS = {
  'backup-duration': {
    value: '10m',
    field: 'Datastore.spec.backup.duration',
    reason:
      'Long enough for small databases; the recovery point counts it, because a backup holds what was there when it began.',
  },
  'backup-encrypted': {
    value: true,
    field: 'Datastore.spec.backup.encrypted',
    reason: 'A backup is a copy of everything worth stealing.',
  },
  'body-limit': {
    value: '1Mi',
    field: 'Service.spec.routes[].bodyLimit',
    reason: 'Ordinary JSON fits; memory cannot be filled by one client.',
  },
  'breaker-failures': {
    value: 5,
    field: 'Provider.spec.breaker.failures',
    reason: 'A single failure is noise, five in a row are an outage.',
  },
  'breaker-open-for': {
    value: '30s',
    field: 'Provider.spec.breaker.openFor',
    reason: 'Gives the other side time to recover without keeping callers away for long.',
  },
  'breaker-probes': {
    value: 1,
    field: 'Provider.spec.breaker.halfOpenProbes',
    reason: 'One call is enough to learn whether it is back.',
  },
  'cpu-limit': {
    value: 'twice the request',
    field: 'Service.spec.resources.limits.cpu',
    reason: 'Room for start-up and short peaks without taking the node.',
  },
  'ephemeral-storage': {
    value: '1Gi',
    field: 'Service.spec.resources.ephemeralStorage',
    reason: 'Scratch files are bounded, so one pod cannot fill the node.',
  },
  'argocd-namespace': {
    value: 'argocd',
    field: 'Environment.spec.argocdNamespace',
    reason: 'Where Argo CD is installed unless somebody chose otherwise.',
  },
  cluster: {
    value: 'https://kubernetes.default.svc',
    field: 'Environment.spec.cluster',
    reason: 'The cluster that Argo CD itself runs in.',
  },
  'error-window': {
    value: '5m',
    field: 'Service.spec.alerts[].errorRatio.over',
    reason: 'Several scrapes long, so one lost scrape does not matter.',
  },
  'alert-for': {
    value: '5m',
    field: 'Service.spec.alerts[].for',
    reason: 'Waits out a restart before it wakes somebody.',
  },
  'alert-severity': {
    value: 'warning',
    field: 'Service.spec.alerts[].severity',
    reason: 'Waking somebody is a decision, so it must be written.',
  },
  gid: { value: 'uid', field: 'Service.spec.security.gid', reason: 'A group of its own, like the user.' },
  grace: {
    value: 'preStop + drain + 5s',
    field: 'Service.spec.shutdown.grace',
    reason: 'The clock starts before preStop; five seconds are left to flush logs and close connections.',
  },
  'header-owner': {
    value: 'edge where nginx is wanted, else runtime',
    field: 'Environment.spec.headerOwner',
    reason: 'Exactly one layer sends a header, so no answer carries it twice.',
  },
  instances: {
    value: 1,
    field: 'Service.spec.process.instances',
    reason: 'One process unless the spec asks for more.',
  },
  'latency-quantile': {
    value: '99%',
    field: 'Service.spec.alerts[].latency.quantile',
    reason: 'What the slowest one in a hundred callers sees.',
  },
  'latency-window': {
    value: '5m',
    field: 'Service.spec.alerts[].latency.over',
    reason: 'Several scrapes long, so one lost scrape does not matter.',
  },
  'limit-burst': {
    value: 'one second of the rate, at least 1',
    field: 'Service.spec.routes[].rateLimit.burst',
    reason: 'Clients do not space their requests evenly.',
  },
  'limit-at': {
    value: 'runtime, and edge for limits per client where nginx is wanted',
    field: 'Service.spec.routes[].rateLimit.at',
    reason: 'The runtime counts exactly; the edge knows client addresses only and keeps floods away from it.',
  },
  'limit-per': {
    value: 'client',
    field: 'Service.spec.routes[].rateLimit.per',
    reason: 'Works before anybody has proved who they are.',
  },
  'limit-store-failure': {
    value: 'local',
    field: 'Service.spec.routes[].rateLimit.onStoreFailure',
    reason: 'Neither an outage of the store nor an open door.',
  },
  'memory-limit': {
    value: 'the request',
    field: 'Service.spec.resources.limits.memory',
    reason: 'Memory cannot be taken back, so promising more than is reserved kills neighbours.',
  },
  methods: {
    value: 'GET',
    field: 'Service.spec.routes[].methods',
    reason: 'Reading is harmless; anything else must be written.',
  },
  'metrics-path': { value: '/metrics', field: 'Service.spec.metrics.path', reason: 'Where Prometheus looks.' },
  namespace: {
    value: 'system and environment',
    field: 'Environment.spec.namespace',
    reason: 'One namespace for each system and environment keeps policies and quotas apart.',
  },
  'objective-window': {
    value: '30d',
    field: 'Service.spec.objectives[].window',
    reason: 'The usual period of error budgets; burn rates are known for it.',
  },
  'pool-queue-max': {
    value: 1000,
    field: 'Provider.spec.pool.queue.max',
    reason: 'A queue without bound only delays the failure.',
  },
  'pool-queue-wait': {
    value: '30s',
    field: 'Provider.spec.pool.queue.wait',
    reason: 'A caller that waits longer has usually gone.',
  },
  'pre-stop': {
    value: '5s',
    field: 'Service.spec.shutdown.preStop',
    reason:
      'Endpoints are removed at the same time as the stop signal is sent; load balancers need a moment to notice.',
  },
  drain: { value: '30s', field: 'Service.spec.shutdown.drain', reason: 'As long as the longest ordinary request.' },
  'probe-failures': {
    value: 3,
    field: 'Service.spec.probes.failures',
    reason: 'One slow answer must not restart a process.',
  },
  'probe-liveness': { value: '/health', field: 'Service.spec.probes.liveness', reason: 'The usual path.' },
  'probe-period': {
    value: '10s',
    field: 'Service.spec.probes.period',
    reason: 'A dead replica is found within half a minute.',
  },
  'probe-readiness': {
    value: '/ready',
    field: 'Service.spec.probes.readiness',
    reason: 'Not the liveness path: not ready is no reason to restart.',
  },
  'probe-start-within': {
    value: '60s',
    field: 'Service.spec.probes.startWithin',
    reason: 'Most services start much faster; a slow one is not killed half-way.',
  },
  'probe-timeout': {
    value: '2s',
    field: 'Service.spec.probes.timeout',
    reason: 'A health answer that takes longer is no health.',
  },
  'provider-timeout': {
    value: '60s',
    field: 'Provider.spec.timeout',
    reason: 'A call without an end holds its place in the pool for ever.',
  },
  'public-ports': {
    value: '443',
    field: 'Environment.spec.publicPorts',
    reason: 'Nothing but encrypted traffic comes in.',
  },
  'read-only-root': {
    value: true,
    field: 'Service.spec.security.readOnlyRootFilesystem',
    reason: 'An intruder cannot change the program.',
  },
  'reserved-connections': {
    value: 3,
    field: 'Datastore.spec.reservedConnections',
    reason: 'PostgreSQL keeps three back for administrators (superuser_reserved_connections).',
  },
  'replicas-of-datastore': {
    value: 1,
    field: 'Datastore.spec.replicas',
    reason: 'One copy unless the spec asks for more.',
  },
  'repository-path': { value: 'generated', field: 'System.spec.repository.path', reason: 'Where the compiler writes.' },
  'repository-revision': {
    value: 'main',
    field: 'System.spec.repository.revision',
    reason: 'What is merged is what runs.',
  },
  required: {
    value: true,
    field: 'Service.spec.uses[].required',
    reason: 'A dependency is needed unless somebody made the service do without.',
  },
  retention: {
    value: '30d',
    field: 'System.spec.monitoring.retention',
    reason: 'Objectives over thirty days need as many days of samples.',
  },
  role: { value: 'app', field: 'Service.spec.role', reason: 'Most services answer requests.' },
  'route-auth': {
    value: 'api-key',
    field: 'Service.spec.routes[].auth',
    reason: 'An open route is a decision, so it must be written.',
  },
  'route-cors': {
    value: true,
    field: 'Service.spec.routes[].cors',
    reason: 'The environment lists the origins; without any, no browser is let in.',
  },
  'route-exposed': { value: true, field: 'Service.spec.routes[].exposed', reason: 'A route is there to be called.' },
  'route-idle-timeout': {
    value: '1h',
    field: 'Service.spec.routes[].idleTimeout',
    reason: 'Streams may be silent for long; keep-alives show that they live.',
  },
  'route-keep-alive': {
    value: '15s',
    field: 'Service.spec.routes[].keepAlive',
    reason: 'Shorter than the idle timeout of every usual proxy.',
  },
  'route-kind': { value: 'http', field: 'Service.spec.routes[].kind', reason: 'Most routes are plain requests.' },
  'route-match': {
    value: 'exact',
    field: 'Service.spec.routes[].match',
    reason: 'Only what is written can be called.',
  },
  'route-timeout': {
    value: '30s',
    field: 'Service.spec.routes[].timeout',
    reason: 'A request without an end holds its connection for ever.',
  },
  'scale-max': {
    value: 'min',
    field: 'Service.spec.scale.max',
    reason: 'The number is fixed unless the spec allows more.',
  },
  'scale-min': { value: 2, field: 'Service.spec.scale.min', reason: 'One replica can leave while the other serves.' },
  'scale-cpu': {
    value: '70%',
    field: 'Service.spec.scale.on.cpu',
    reason: 'Leaves room for the minute until new replicas are ready.',
  },
  'scrape-interval': {
    value: '30s',
    field: 'System.spec.monitoring.scrapeInterval',
    reason: 'Ten samples in the shortest burn-rate window.',
  },
  exporters: {
    value: 'kube-state-metrics and cadvisor for Kubernetes, nginx for nginx',
    field: 'System.spec.monitoring.exporters',
    reason: 'The usual companions of the wanted targets.',
  },
  'secret-store-kind': {
    value: 'ClusterSecretStore',
    field: 'Environment.spec.secretStore.kind',
    reason: 'One store for the cluster is the usual set-up.',
  },
  tier: { value: 2, field: 'Service.metadata.tier', reason: 'Neither the most important nor the least.' },
  'tls-challenge': { value: 'dns-01', field: 'Environment.spec.tls.challenge', reason: 'Needs no open port 80.' },
  'tls-issuer': { value: 'letsencrypt', field: 'Environment.spec.tls.issuer', reason: 'Free, automatic, trusted.' },
  'tls-min-version': {
    value: '1.2',
    field: 'Environment.spec.tls.minVersion',
    reason: 'The oldest version without known breaks.',
  },
  uid: {
    value: 10001,
    field: 'Service.spec.security.uid',
    reason: 'Above every user of the host, so a break-out is nobody.',
  },
  'version-grafana': {
    value: '12.0',
    field: 'System.spec.versions.grafana',
    reason: 'The oldest version with the panels that are used.',
  },
  'version-kubernetes': {
    value: '1.33',
    field: 'System.spec.versions.kubernetes',
    reason: 'The oldest version that is still maintained.',
  },
  'version-nginx': { value: '1.22', field: 'System.spec.versions.nginx', reason: 'What Debian 12 ships.' },
  'version-openssl': { value: '3.0', field: 'System.spec.versions.openssl', reason: 'What Debian 12 ships.' },
  'version-prometheus': { value: '2.42', field: 'System.spec.versions.prometheus', reason: 'What Debian 12 ships.' },
  workers: {
    value: 1,
    field: 'Service.spec.workers',
    reason: 'One process for each replica keeps state and metrics simple.',
  },
  'writable-size': {
    value: '64Mi',
    field: 'Service.spec.security.writable[].size',
    reason: 'Room for temporary files, bounded.',
  },
} as const satisfies Readonly<Record<string, Default>>;

export type DefaultName = keyof typeof DEFAULTS;

/** Security headers that every environment sends unless it says otherwise. Source: OWASP Secure Headers Project. */
export const DEFAULT_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
