/**
 * A small system in a cluster, whole and typed, for tests of what runs there. Each test changes one thing of it; all figures differ.
 */

import { bytes, millicores, milliseconds, ratio } from '../../schemas/units/index.ts';
import {
  type DatastoreModel,
  type JobModel,
  type Model,
  type Origins,
  originsOf,
  type RouteModel,
  type ServiceModel,
} from '../resolve/model/index.ts';
import type { SourceDocument } from '../source/source-document.ts';

const MEBIBYTE = 2 ** 20;

const DOCUMENT: SourceDocument = {
  file: 'spec/shop/shop.yaml',
  index: 0,
  value: {},
  spanOf: () => ({ file: 'spec/shop/shop.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 }),
};

export const testOrigin: Origins = originsOf({ kind: 'spec', at: { document: DOCUMENT, path: [] } });

/** Where a question about a field of a document was left open. */
export const openQuestion = (subject: string, field: string): Model['undecided'][number] => ({
  at: { document: DOCUMENT, path: [] },
  subject,
  field,
  why: 'Nobody has said.',
  options: [],
  provisional: undefined,
});

export const goodService = (name: string, changes: Partial<ServiceModel> = {}): ServiceModel => ({
  origin: testOrigin,
  name,
  owner: 'platform',
  tier: 1,
  description: undefined,
  role: 'app',
  language: undefined,
  image: {
    origin: testOrigin,
    reference: `registry.example.com/shop/${name}:1.4`,
    repository: `registry.example.com/shop/${name}`,
    tag: '1.4',
    digest: undefined,
  },
  command: [],
  args: [],
  port: 4001,
  ports: [],
  process: undefined,
  workers: 1,
  scale: { origin: testOrigin, min: 3, max: 12, cpu: ratio(0.7), memory: ratio(0.8) },
  priorityClass: undefined,
  resources: {
    origin: testOrigin,
    cpuRequest: millicores(500),
    cpuLimit: millicores(1000),
    memoryRequest: bytes(512 * MEBIBYTE),
    memoryLimit: bytes(640 * MEBIBYTE),
    ephemeralStorage: bytes(256 * MEBIBYTE),
  },
  probes: {
    origin: testOrigin,
    livenessPath: '/health',
    readinessPath: '/ready',
    scheme: 'http',
    port: 4001,
    period: milliseconds(11_000),
    timeout: milliseconds(2_000),
    failures: 4,
    startWithin: milliseconds(60_000),
  },
  shutdown: {
    origin: testOrigin,
    preStop: milliseconds(5_000),
    drain: milliseconds(30_000),
    grace: milliseconds(41_000),
  },
  security: {
    origin: testOrigin,
    uid: 10_007,
    gid: 10_008,
    readOnlyRootFilesystem: true,
    writable: [{ origin: testOrigin, path: '/tmp', size: bytes(64 * MEBIBYTE) }],
  },
  env: [
    {
      origin: testOrigin,
      kind: 'secret',
      name: 'DATABASE_URL',
      secret: 'orders-database',
      key: 'url',
      optional: false,
    },
    { origin: testOrigin, kind: 'literal', name: 'LOG_LEVEL', value: 'info' },
  ],
  files: [],
  uses: [{ origin: testOrigin, datastore: 'orders', as: undefined, credentials: undefined, pool: 8, required: true }],
  calls: [],
  routes: [goodRoute(name)],
  metrics: {
    origin: testOrigin,
    path: '/metrics',
    port: 9101,
    scheme: 'http',
    http: { kind: 'runtime' },
    exported: [],
  },
  objectives: [],
  alerts: [],
  jobs: [],
  host: 'own',
  keepAliveTimeout: milliseconds(5_000),
  balance: 'round-robin',
  outliers: undefined,
  breaker: undefined,
  runtime: undefined,
  ...changes,
});

export const goodRoute = (service: string, changes: Partial<RouteModel> = {}): RouteModel => ({
  origin: testOrigin,
  id: `${service}/root`,
  name: 'root',
  path: `/v1/${service}`,
  match: 'prefix',
  methods: ['GET'],
  kind: 'http',
  upgrade: false,
  hosts: [],
  pages: false,
  auth: 'none',
  limits: [],
  timeout: milliseconds(2_500),
  idleTimeout: undefined,
  keepAlive: undefined,
  bodyLimit: bytes(MEBIBYTE),
  cors: true,
  ownCors: false,
  crossOrigin: undefined,
  allow: [],
  exposed: true,
  calls: [],
  peak: undefined,
  body: undefined,
  tenantField: undefined,
  roles: [],
  cache: undefined,
  invalidates: [],
  maxConcurrent: undefined,
  credentials: 'hide',
  tenantShare: undefined,
  priority: 'normal',
  retries: undefined,
  cost: 1,
  sunset: undefined,
  websocket: undefined,
  ...changes,
});

export const goodJob = (name: string, changes: Partial<JobModel> = {}): JobModel => ({
  origin: testOrigin,
  name,
  schedule: undefined,
  command: ['node', 'migrate.js'],
  deadline: milliseconds(900_000),
  ...changes,
});

export const goodDatastore = (name: string, changes: Partial<DatastoreModel> = {}): DatastoreModel => ({
  origin: testOrigin,
  name,
  owner: 'commerce',
  description: undefined,
  engine: 'postgresql',
  protocol: undefined,
  placement: 'external',
  embeddedIn: undefined,
  path: undefined,
  version: '16',
  host: `${name}.db.example.net`,
  port: 5432,
  tls: 'required',
  maxConnections: 200,
  reservedConnections: 3,
  writers: undefined,
  replicas: 1,
  storage: bytes(20 * 1024 * MEBIBYTE),
  durable: true,
  credentials: { origin: testOrigin, secret: `${name}-database`, key: 'url' },
  rpo: milliseconds(3_600_000),
  rto: milliseconds(7_200_000),
  backup: {
    origin: testOrigin,
    method: 'dump',
    schedule: '17 * * * *',
    duration: milliseconds(600_000),
    retention: milliseconds(30 * 86_400_000),
    archiveTimeout: undefined,
    image: 'registry.example.com/tools/pg-backup:16.4',
    destination: { origin: testOrigin, kind: 's3', location: 'shop-backups/orders' },
    encrypted: true,
    drill: undefined,
  },
  streams: [],
  ...changes,
});

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
