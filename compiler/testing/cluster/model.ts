/**
 * A small system in a cluster, whole and typed, for tests of what runs there. Each test changes one thing of it; all figures differ.
 */
import { milliseconds } from '../../../schemas/units/index.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { goodDatastore } from './datastore.ts';
import { testOrigin } from './origin.ts';
import { goodJob, goodService } from './service.ts';

/** A gateway, `orders` that calls `stock` and a payment provider, a worker without an API, and one database. */
export const goodModel = (changes: Partial<Model> = {}): Model => ({
  system: {
    origin: testOrigin,
    name: 'shop',
    title: 'Shop',
    owner: 'platform',
    description: undefined,
    targets: { origin: testOrigin, wanted: ['argocd', 'kubernetes', 'prometheus', 'runtime'], forbidden: [] },
    versions: {
      origin: testOrigin,
      kubernetes: '1.33',
      prometheus: '3.4',
      nginx: '1.27',
      openssl: '3.0',
      grafana: '12.0',
    },
    repository: {
      origin: testOrigin,
      url: 'https://git.example.com/shop/platform.git',
      revision: 'refs/heads/main',
      path: 'generated',
    },
    runbooks: undefined,
    monitoring: {
      origin: testOrigin,
      scrapeInterval: milliseconds(15_000),
      retention: milliseconds(15 * 86_400_000),
      exporters: [],
      alertWithin: undefined,
      operator: true,
      labels: {},
      prometheus: {
        origin: testOrigin,
        namespace: 'monitoring',
        labels: { 'app.kubernetes.io/name': 'prometheus' },
      },
    },
    limits: [],
  },
  environment: {
    origin: testOrigin,
    name: 'production',
    stage: 'production',
    namespace: 'shop-production',
    cluster: 'https://kubernetes.default.svc',
    argocdNamespace: 'argocd',
    domains: [],
    origins: [],
    cors: { origin: testOrigin, headers: [], expose: [], credentials: false, maxAge: milliseconds(600_000) },
    publicPorts: [443],
    trustedProxies: ['127.0.0.1/32', '192.0.2.0/24'],
    tls: { origin: testOrigin, minVersion: '1.2', issuer: 'letsencrypt', challenge: 'dns-01', issuerRef: undefined },
    edge: undefined,
    imagePullSecrets: [],
    dns: 'kube-dns',
    secretStore: { name: 'vault', kind: 'ClusterSecretStore' },
    headerOwner: 'runtime',
    securityHeaders: {},
  },
  services: [goodGateway(), goodWorker(), goodOrders(), goodStock()],
  datastores: [goodDatastore('orders')],
  providers: [
    {
      origin: testOrigin,
      name: 'payments',
      owner: 'commerce',
      description: undefined,
      upstreams: [{ origin: testOrigin, name: 'eu', url: 'https://api.payments.example' }],
      pool: undefined,
      meanLatency: undefined,
      timeout: milliseconds(9_000),
      breaker: undefined,
      fallback: undefined,
      required: true,
      credentials: undefined,
      credentialsHeader: 'authorization',
      throttle: undefined,
    },
  ],
  undecided: [],
  ...changes,
});

const goodGateway = (): ServiceModel =>
  goodService('gateway', {
    role: 'gateway',
    port: 8080,
    routes: [],
    uses: [],
    env: [],
    probes: {
      origin: testOrigin,
      livenessPath: '/health',
      readinessPath: '/ready',
      scheme: 'http',
      port: 8080,
      period: milliseconds(10_000),
      timeout: milliseconds(1_000),
      failures: 3,
      startWithin: milliseconds(30_000),
    },
  });

const goodWorker = (): ServiceModel => {
  const { probes: _, ...worker } = goodService('mailer', { role: 'worker', port: undefined, routes: [], uses: [] });
  return {
    ...worker,
    probes: undefined,
    scale: { origin: testOrigin, min: 1, max: 1, cpu: undefined, memory: undefined },
    metrics: { ...worker.metrics, port: undefined, http: { kind: 'none' } },
  };
};

const goodOrders = (): ServiceModel =>
  goodService('orders', {
    calls: [
      { origin: testOrigin, kind: 'provider', name: 'payments', required: true },
      { origin: testOrigin, kind: 'service', name: 'stock', required: true },
    ],
    jobs: [
      goodJob('migrate'),
      goodJob('prune', { schedule: '0 3 * * *', command: ['node', 'prune.js'], deadline: milliseconds(1_200_000) }),
    ],
  });

const goodStock = (): ServiceModel =>
  goodService('stock', {
    port: 4002,
    routes: [],
    uses: [],
    scale: { origin: testOrigin, min: 2, max: 2, cpu: undefined, memory: undefined },
  });
