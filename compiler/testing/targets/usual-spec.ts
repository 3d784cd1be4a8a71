/**
 * The documents of a small system that wants every target, as data to put edges into.
 */

import type fc from 'fast-check';

/** A value for one place, by the path in the documents. */
export type Edge = readonly [path: string, value: fc.Arbitrary<unknown>];

interface SpecDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; system?: string; owner?: string };
  readonly spec: Record<string, unknown>;
}

export interface Documents {
  readonly system: SpecDocument;
  readonly environment: SpecDocument;
  readonly gateway: SpecDocument;
  readonly api: SpecDocument;
  readonly store: SpecDocument;
  readonly cache: SpecDocument;
}

export const textOf = (documents: Documents): string =>
  Object.values(documents)
    .map((document) => JSON.stringify(document))
    .join('\n---\n');

const DIGEST = `@sha256:${'0'.repeat(64)}`;

export function usualSpec(): Documents {
  const make = (kind: string, name: string, spec: Record<string, unknown>): SpecDocument => ({
    apiVersion: 'seaworthy.dev/v1alpha1',
    kind,
    metadata: kind === 'System' ? { name, owner: 'platform' } : { name, system: 'shop' },
    spec,
  });
  return {
    system: make('System', 'shop', {
      title: 'Web shop',
      targets: { wanted: ['argocd', 'grafana', 'kubernetes', 'nginx', 'prometheus', 'runtime'] },
      repository: { url: 'https://git.example.com/shop.git' },
    }),
    environment: make('Environment', 'staging', {
      stage: 'staging',
      domains: [{ host: 'shop.example.com' }],
      trustedProxies: ['10.0.0.0/8'],
      tls: { issuerRef: { name: 'letsencrypt' } },
      secretStore: { name: 'vault' },
    }),
    gateway: make('Service', 'gateway', {
      role: 'gateway',
      image: `registry.example.com/shop/gateway:1.0.0${DIGEST}`,
      port: 8080,
      metrics: { port: 9090 },
      scale: { min: 1 },
      resources: { cpu: '250m', memory: '256Mi' },
    }),
    api: make('Service', 'api', {
      image: `registry.example.com/shop/api:1.0.0${DIGEST}`,
      port: 3000,
      metrics: { port: 9100 },
      scale: { min: 1 },
      resources: { cpu: '250m', memory: '256Mi' },
      routes: [{ path: '/v1', auth: 'none' }],
    }),
    store: make('Datastore', 'files', {
      engine: 'sqlite',
      placement: 'embedded',
      embeddedIn: 'api',
      path: '/data',
      storage: '1Gi',
      durable: false,
    }),
    cache: make('Datastore', 'cache', {
      engine: 'redis',
      host: 'cache.example.com',
      durable: false,
      credentials: { name: 'cache', key: 'url' },
    }),
  };
}
