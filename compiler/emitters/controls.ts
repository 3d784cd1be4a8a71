/**
 * The catalogue of controls: what production readiness consists of, one row a control.
 *
 * Owns the ids that claims use; relies on nothing. Which artifact realises which control is said by the emitters.
 */

export interface Control {
  readonly id: string;
  readonly title: string;
}

export const CONTROLS = [
  { id: 'alerts/burn-rate', title: 'Objectives page by burn rate over two windows' },
  { id: 'alerts/symptom', title: 'A declared symptom raises an alert' },
  { id: 'data/backup', title: 'Durable data is backed up on a schedule' },
  { id: 'delivery/gitops', title: 'The cluster follows Git and heals drift' },
  {
    id: 'delivery/project-boundary',
    title: 'Deployments may touch only the declared kinds, repositories and destinations',
  },
  { id: 'edge/body-limit', title: 'A request body above the declared size is refused' },
  { id: 'edge/certificate', title: 'The certificate of a host is obtained and renewed' },
  { id: 'edge/concurrency', title: 'Requests in flight on a route are bounded' },
  { id: 'edge/cors', title: 'Browsers are allowed from listed origins only' },
  { id: 'edge/rate-limit', title: 'Requests above the declared rate are refused' },
  { id: 'edge/request-schema', title: 'A request body that does not match its schema is refused' },
  { id: 'edge/response-cache', title: 'Answers are kept for a declared time, apart for each tenant' },
  { id: 'edge/restricted-path', title: 'A path is reachable from listed networks only' },
  { id: 'edge/security-headers', title: 'Responses carry the declared security headers' },
  { id: 'edge/streaming', title: 'Streams are not buffered and outlive idle timeouts' },
  { id: 'edge/timeout', title: 'A request ends within its declared time' },
  { id: 'edge/tls', title: 'Traffic is encrypted with at least the declared version' },
  { id: 'edge/websocket', title: 'Sockets are bounded for each tenant and pinged' },
  { id: 'identity/api-key', title: 'A route answers only to callers with a valid key' },
  { id: 'identity/signature', title: 'A route answers only to requests that are signed, and only once' },
  { id: 'identity/tenants', title: 'Tenants are kept apart and can be switched off' },
  { id: 'observability/dashboard', title: 'A dashboard shows the service and its objectives' },
  { id: 'observability/error-reports', title: 'Bugs are reported with their release and trace' },
  { id: 'observability/metrics', title: 'Metrics of the service are collected' },
  { id: 'observability/objective', title: 'An objective is measured and its budget recorded' },
  { id: 'observability/queue', title: 'Length and age of a work queue are measured' },
  { id: 'observability/traces', title: 'Requests are traced over all services' },
  { id: 'providers/circuit-breaker', title: 'Calls to a failing provider stop for a while' },
  { id: 'providers/concurrency-pool', title: 'Calls in flight to a provider are bounded' },
  { id: 'providers/fallback', title: 'Another provider is asked while one is away' },
  { id: 'security/network-policy', title: 'Only declared connections are possible' },
  { id: 'security/restricted-pod', title: 'Containers run without privileges' },
  { id: 'security/secret-reference', title: 'Secrets are referenced, never written' },
  { id: 'workload/autoscaling', title: 'Replicas follow load between declared bounds' },
  { id: 'workload/disruption-budget', title: 'Maintenance never takes too many replicas at once' },
  { id: 'workload/graceful-shutdown', title: 'A replica leaves without losing work' },
  { id: 'workload/probes', title: 'Health is probed for start, readiness and liveness' },
  { id: 'workload/resources', title: 'Processor and memory are requested and bounded' },
  { id: 'workload/spread', title: 'Replicas are spread over nodes and zones' },
] as const satisfies readonly Control[];
