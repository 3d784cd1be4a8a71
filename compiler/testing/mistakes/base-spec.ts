/**
 * A small shop without a mistake, to make one mistake in.
 *
 * Owns the text that the tables beside it change; a test shows that the compiler finds nothing wrong with it as it is.
 */

export const BASE = `apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: shop, owner: platform }
spec:
  title: Web shop
  targets: { wanted: [kubernetes, prometheus, nginx, runtime] }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: shop }
spec:
  stage: production
  domains:
    - host: shop.example.com
  origins: [https://app.shop.example.com]
  trustedProxies: [10.0.0.0/8]
  tls: { issuerRef: { name: letsencrypt } }
  edge:
    image: docker.io/nginxinc/nginx-unprivileged:1.28@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    exporterImage: docker.io/nginx/nginx-prometheus-exporter:1.4.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  secretStore: { name: vault }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: shop, tier: 1 }
spec:
  role: gateway
  image: registry.example.com/shop/gateway:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  port: 8080
  resources: { cpu: 500m, memory: 256Mi }
  uses:
    - use: cache
  env:
    - name: REDIS_URL
      secret: { name: cache, key: url }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: worker, system: shop, tier: 2 }
spec:
  image: registry.example.com/shop/worker:1.4.0@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
  port: 8000
  resources: { cpu: 250m, memory: 512Mi }
  scale: { min: 3, max: 6 }
  uses:
    - use: orders
      pool: 8
  env:
    - name: LOG_LEVEL
      value: info
    - name: DATABASE_URL
      secret: { name: orders, key: url }
  jobs:
    - name: report
      schedule: "0 3 * * *"
      command: [node, report.js]
  routes:
    - path: /v1/orders
      methods: [GET]
      auth: none
      timeout: 2s
      rateLimits:
        - per: client
          rate: 50/s
  objectives:
    - availability: 99.9%
      route: /v1/orders
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: orders, system: shop }
spec:
  engine: postgresql
  placement: external
  host: orders.internal.example.com
  credentials: { name: orders, key: url }
  maxConnections: 100
  durable: false
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: cache, system: shop }
spec:
  engine: redis
  placement: external
  host: cache.internal.example.com
  credentials: { name: cache, key: url }
`;
