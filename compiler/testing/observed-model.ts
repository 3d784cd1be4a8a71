/**
 * A small system with everything that is measured, for tests of rules and dashboards: a gateway, an app with objectives and every kind of
 * alert, an app with metrics of its own, a worker. All figures differ.
 */
import type { Model } from '../resolve/model/index.ts';
import { modelOf } from './model-of.ts';

/** Replaces parts of the text before it is resolved, so that a test changes one thing and says which. */
export function observedModel(...changes: readonly (readonly [from: string, to: string])[]): Model {
  let text = SPEC;
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`the spec has no ${JSON.stringify(from)}`);
    text = text.replace(from, to);
  }
  return modelOf(text);
}

const SPEC = `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: shop, owner: commerce }
spec:
  title: Shop, sells things
  targets: { wanted: [grafana, kubernetes, nginx, prometheus, runtime] }
  repository: { url: https://git.example.com/shop.git }
  runbooks: https://runbooks.example.com/shop
  monitoring:
    scrapeInterval: 30s
    exporters: [cadvisor, kube-state-metrics, nginx, node, postgres, redis]
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: shop }
spec: { stage: production }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: orders, system: shop }
spec:
  engine: postgresql
  host: orders.db.example.com
  port: 5432
  credentials: { name: orders, key: url }
  rpo: 26h
  backup:
    method: dump
    schedule: "0 3 * * *"
    duration: 20m
    retention: 31d
    image: registry.example.com/tools/pg:16.4
    destination: { kind: s3, location: shop-backups }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Datastore
metadata: { name: cache, system: shop }
spec: { engine: redis, host: cache.example.com, port: 6379, durable: false }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: shop, tier: 1 }
spec:
  role: gateway
  image: registry.example.com/shop/gateway:1.0.0
  port: 8080
  metrics: { port: 9090 }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: checkout, system: shop, owner: payments, tier: 1 }
spec:
  image: registry.example.com/shop/checkout:2.3.0
  port: 4001
  scale: { min: 3, max: 7, on: { cpu: 70% } }
  resources: { cpu: 500m, memory: 512Mi }
  routes:
    - { path: /v1/orders, name: list-orders, methods: [GET] }
    - { path: /v1/orders, name: place-order, methods: [POST] }
    - { path: /v1/events, name: events, kind: sse }
  metrics:
    path: /metrics
    exported:
      - { name: queue_depth, type: gauge, help: Orders that wait., labels: { queue: [] } }
      - { name: refunds_total, type: counter, help: Refunds by result., labels: { result: [success, failure] } }
      - { name: packing_seconds, type: histogram, help: Time to pack. }
  objectives:
    - availability: 99.9%
    - latency: { within: 250ms, for: 99% }
    - latency: { route: place-order, within: 1s, for: 95% }
  alerts:
    - { name: TooManyErrors, severity: critical, for: 4m, errorRatio: { above: 5%, over: 5m, minimumRate: 1/s } }
    - { name: TooSlow, for: 6m, latency: { quantile: 95%, above: 500ms } }
    - { name: QueueLong, for: 7m, threshold: { metric: queue_depth, by: [queue], above: 1234 } }
    - { name: RefundFailed, for: 0s, increase: { metric: refunds_total, matching: { result: failure }, over: 1h } }
    - { name: QueueUnknown, for: 2m, absent: { metric: queue_depth } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: catalogue, system: shop, tier: 3 }
spec:
  image: registry.example.com/shop/catalogue:0.9.0
  port: 4002
  metrics:
    http: { requests: catalogue_requests_total, statusLabel: code, duration: catalogue_duration_seconds }
  objectives:
    - { availability: 99.5%, window: 7d }
    - latency: { within: 2s, for: 90% }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: mailer, system: shop }
spec:
  role: worker
  image: registry.example.com/shop/mailer:0.1.0
`;
