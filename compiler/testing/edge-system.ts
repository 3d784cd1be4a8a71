/**
 * A system on a host that uses everything the edge can do. All figures differ, so a mix-up shows.
 */
export const EDGE_SYSTEM = `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: harbour, owner: platform, title: Harbour }
spec:
  targets: { wanted: [nginx, runtime, systemd] }
  rateLimits:
    - { zone: standard, per: client, rate: 10/s, burst: 4 }
    - { zone: slow, per: client, rate: 30/min, burst: 1 }
    - { zone: daily, per: client, rate: 5/d, burst: 5 }
    - { zone: keys, per: api-key, rate: 0.5/s, burst: 7 }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: harbour }
spec:
  stage: production
  domains: [{ host: api.harbour.example, certificate: /etc/ssl/harbour.pem, certificateKey: /etc/ssl/private/harbour.key }]
  origins: ['https://app.harbour.example', 'http://localhost:3000']
  publicPorts: [80, 443]
  trustedProxies: [127.0.0.0/8]
  securityHeaders: { X-Notice: 'costs 5$; "quoted"' }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: harbour }
spec:
  role: gateway
  port: 8081
  metrics: { port: 9091 }
  process: { manager: systemd, instances: 1 }
  probes: { liveness: /livez, readiness: /readyz }
  shutdown: { preStop: 6s, drain: 21s }
  uses: [{ use: ledger, pool: 5 }]
  env: [{ name: GATEWAY_DATABASE_URL, secret: { name: ledger, key: url } }]
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: ledger, system: harbour }
spec:
  engine: postgresql
  placement: external
  host: db.harbour.example
  port: 5432
  credentials: { name: ledger, key: url }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: harbour }
spec:
  port: 3000
  process: { manager: systemd, instances: 2, instancePorts: [3000, 3001] }
  probes: { liveness: /health, readiness: /ready }
  routes:
    - { path: /health, auth: none, cors: false }
    - { path: /v1/items, name: list, methods: [GET], auth: api-key, rateLimits: [standard, keys], timeout: 7s }
    - { path: /v1/items, name: add, methods: [POST], auth: api-key, rateLimits: [slow, daily], timeout: 8s, bodyLimit: 16Ki }
    - { path: /v1/files, name: files, match: prefix, auth: none, methods: [GET, PUT], bodyLimit: 4Ki }
    - { path: /v1/limited, name: limited, auth: none, rateLimits: [slow] }
    - { path: /v1/events, name: events, kind: sse, auth: none, idleTimeout: 2h }
    - { path: /v1/socket, name: socket, kind: websocket, auth: none }
    - { path: /metrics, auth: none, cors: false, allow: [10.0.0.0/8] }
    - { path: /v1/notes, name: read-notes, auth: none }
    - { path: /v1/notes, name: write-notes, methods: [POST], auth: none, allow: [10.0.0.0/8] }
    - { path: /internal, auth: none, exposed: false }
  objectives:
    - { name: quick, latency: { within: 130ms, for: 95% } }
`;
