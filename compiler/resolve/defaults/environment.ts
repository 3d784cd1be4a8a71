/** Defaults of environments. */
import type { Default } from './default.ts';

export const ENVIRONMENT_DEFAULTS = {
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
  'cors-credentials': {
    value: false,
    field: 'Environment.spec.cors.credentials',
    reason: 'Callers identify themselves by a header; with cookies any page of a listed origin acts for its visitor.',
  },
  'cors-max-age': {
    value: '10m',
    field: 'Environment.spec.cors.maxAge',
    reason: 'Few preflights, and a change of the rules is seen soon.',
  },
  dns: {
    value: 'kube-dns',
    field: 'Environment.spec.dns',
    reason: 'CoreDNS carries this label in nearly every distribution.',
  },
  'header-owner': {
    value: 'edge where nginx is wanted, else runtime',
    field: 'Environment.spec.headerOwner',
    reason: 'Exactly one layer sends a header, so no answer carries it twice.',
  },
  namespace: {
    value: 'system and environment',
    field: 'Environment.spec.namespace',
    reason: 'One namespace for each system and environment keeps policies and quotas apart.',
  },
  'public-ports': {
    value: '443',
    field: 'Environment.spec.publicPorts',
    reason: 'Nothing but encrypted traffic comes in.',
  },
  'secret-store-kind': {
    value: 'ClusterSecretStore',
    field: 'Environment.spec.secretStore.kind',
    reason: 'One store for the cluster is the usual set-up.',
  },
  'tls-challenge': { value: 'dns-01', field: 'Environment.spec.tls.challenge', reason: 'Needs no open port 80.' },
  'tls-issuer': { value: 'letsencrypt', field: 'Environment.spec.tls.issuer', reason: 'Free, automatic, trusted.' },
  'tls-min-version': {
    value: '1.2',
    field: 'Environment.spec.tls.minVersion',
    reason: 'The oldest version without known breaks.',
  },
} as const satisfies Readonly<Record<string, Default>>;
