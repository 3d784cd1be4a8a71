/**
 * The spec of a system of any size with everything on, as files of text: the same for the same size, on every machine.
 *
 * Owns what "everything" is: all targets the compiler serves, and for each service probes, scaling, a database pool, routes with
 * limits, objectives, alerts, settings and secrets. It must pass all checks; `generate-spec.test.ts` holds it to that.
 */
import { databaseOf, namesOf, SERVICES_PER_DATABASE, type ServiceNames, SHAPES } from './service-names.ts';

export interface SpecFile {
  /** Below the spec folder. */
  readonly path: string;
  readonly text: string;
}

export const SYSTEM = 'bench';

/** All files of a system of `services` services beside its gateway. */
export function specDocuments(services: number): readonly SpecFile[] {
  const indices = Array.from({ length: services }, (_, index) => index + 1);
  const databases = indices.filter((index) => index % SERVICES_PER_DATABASE === 1 || index === 1);
  return [
    file('system', SYSTEM_TEXT),
    file('environments/production', ENVIRONMENT_TEXT),
    file('services/gateway', GATEWAY_TEXT),
    file('datastores/cache', CACHE_TEXT),
    ...databases.map((index) => file(`datastores/${databaseOf(index)}`, databaseText(databaseOf(index)))),
    ...indices.map((index) => file(`services/${namesOf(index).name}`, serviceText(index))),
  ];
}

const file = (name: string, body: string): SpecFile => ({
  path: `${SYSTEM}/${name}.yaml`,
  text: `apiVersion: seaworthy.dev/v1alpha1\n${body}`,
});

const SYSTEM_TEXT = `kind: System
metadata: { name: ${SYSTEM}, owner: platform }
spec:
  title: A generated system
  targets: { wanted: [argocd, grafana, kubernetes, nginx, prometheus, runtime] }
  repository: { url: https://git.example.com/bench/production.git }
  runbooks: https://runbooks.example.com/bench
  monitoring: { exporters: [cadvisor, kube-state-metrics, nginx, postgres, redis] }
  rateLimits:
    - { zone: client, per: client, rate: 20/s, burst: 40 }
    - { zone: user, per: user, rate: 10/s, burst: 20 }
`;

const DIGEST = `@sha256:${'0'.repeat(64)}`;

const ENVIRONMENT_TEXT = `kind: Environment
metadata: { name: production, system: ${SYSTEM} }
spec:
  stage: production
  domains:
    - { host: api.bench.example.com }
  origins: [https://app.bench.example.com]
  trustedProxies: [10.0.0.0/8]
  tls: { issuerRef: { name: letsencrypt } }
  edge:
    image: docker.io/nginxinc/nginx-unprivileged:1.22${DIGEST}
    exporterImage: docker.io/nginx/nginx-prometheus-exporter:1.4.2${DIGEST}
  secretStore: { name: vault }
`;

const GATEWAY_TEXT = `kind: Service
metadata: { name: gateway, system: ${SYSTEM} }
spec:
  role: gateway
  image: registry.example.com/seaworthy/runtime:0.1.0@sha256:${'ab12'.repeat(16)}
  port: 8080
  scale: { min: 3, max: 12, on: { cpu: 70% } }
  resources: { cpu: "1", memory: 512Mi }
  database: { use: db-00001, pool: 2 }
  uses:
    - { use: cache, required: false }
  metrics: { port: 9090 }
  env:
    - { name: API_KEY_PEPPER, secret: { name: gateway, key: api-key-pepper } }
`;

const CACHE_TEXT = `kind: Datastore
metadata: { name: cache, system: ${SYSTEM} }
spec:
  engine: redis
  host: cache.bench.example.com
  durable: false
  credentials: { name: cache, key: url }
`;

const databaseText = (name: string): string => `kind: Datastore
metadata: { name: ${name}, system: ${SYSTEM} }
spec:
  engine: postgresql
  version: "16"
  host: ${name}.bench.example.com
  maxConnections: 1000
  credentials: { name: ${name}, key: url }
  rpo: 7h
  rto: 2h
  backup:
    method: dump
    schedule: 0 */6 * * *
    retention: 30d
    image: registry.example.com/bench/backup:1.0.0@sha256:${'cd34'.repeat(16)}
    destination: { kind: s3, location: bench-backups }
    drill: 0 4 1 * *
`;

function serviceText(index: number): string {
  const names = namesOf(index);
  const { name, database, port, digest } = names;
  const shape = index % SHAPES;
  return `kind: Service
metadata: { name: ${name}, system: ${SYSTEM}, owner: payments, tier: 1 }
spec:
  description: Service ${name} of a generated system.
  language: Node.js
  image: registry.example.com/bench/${name}:1.4.0@${digest}
  port: ${port}
  scale: { min: 2, max: 6, on: { cpu: 70%, memory: 80% } }
  resources: { cpu: 250m, memory: 256Mi, limits: { cpu: "1", memory: 512Mi } }
  probes: { liveness: /health, readiness: /ready, startWithin: 90s }
  shutdown: { preStop: 5s, drain: 30s }
  security: { writable: [{ path: /tmp, size: 64Mi }] }
  env:
    - { name: LOG_LEVEL, value: info }
    - { name: SERVICE_NAME, value: ${name} }
    - { name: DATABASE_URL, secret: { name: ${database}, key: url } }
    - { name: SIGNING_KEY, secret: { name: ${name}, key: signing } }
  database: { use: ${database}, pool: 5 }
  uses:
    - { use: cache, required: false }
${shape === 2 && index > 1 ? callsText(names) : ''}  routes:
    - path: /v1/${name}
      methods: [GET]
      auth: none
      rateLimits: [client]
      timeout: 2s
    - path: /v1/${name}/items
      match: prefix
      methods: [POST, PUT, DELETE]
      rateLimits: [user, { per: api-key, rate: 50/s, burst: 100 }]
      timeout: 5s
      bodyLimit: 256Ki
    - path: /v1/${name}/search
      methods: [GET]
      rateLimit: { per: api-key, rate: 600/min, burst: 60 }
${shape === 1 ? streamText(names) : ''}  metrics:
    path: /metrics
    exported:
      - { name: ${names.metric}_queue_depth, type: gauge, help: Work that waits. }
      - { name: ${names.metric}_failures_total, type: counter, help: Work that failed. }
  objectives:
    - availability: 99.9%
    - latency: { route: /v1/${name}, within: 250ms, for: 99% }
${alertsText(names)}${shape === 3 ? JOB_TEXT : ''}`;
}

const callsText = ({ neighbour }: ServiceNames): string => `  calls:
    - { service: ${neighbour}, required: false }
`;

const streamText = ({ name }: ServiceNames): string => `    - path: /v1/${name}/events
      kind: sse
      methods: [GET]
      rateLimit: { per: client, rate: 1/s, burst: 5 }
`;

const alertsText = ({ alert, metric }: ServiceNames): string => `  alerts:
    - name: ${alert}Errors
      severity: critical
      errorRatio: { above: 5% }
    - name: ${alert}QueueGrows
      for: 10m
      summary: Work waits longer than it should.
      threshold: { metric: ${metric}_queue_depth, above: 100 }
    - name: ${alert}Fails
      increase: { metric: ${metric}_failures_total, above: 10, over: 15m }
`;

const JOB_TEXT = `  jobs:
    - { name: tidy, schedule: 30 3 * * *, command: [node, tidy.js] }
`;
