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
  'domain-secret': {
    value: 'the host with -tls',
    field: 'Environment.spec.domains.secret',
    reason: 'The usual name of a Secret that cert-manager fills.',
  },
  'edge-exporter-image': {
    value: 'docker.io/nginx/nginx-prometheus-exporter:1.4.2',
    field: 'Environment.spec.edge.exporterImage',
    reason: "The exporter of nginx's makers.",
  },
  'edge-image': {
    value: 'docker.io/nginxinc/nginx-unprivileged of versions.nginx',
    field: 'Environment.spec.edge.image',
    reason: "The image of nginx's makers that needs no root.",
  },
  'edge-kind': {
    value: 'nginx where nginx and kubernetes are wanted',
    field: 'Environment.spec.edge.kind',
    reason: 'What is compiled for nginx is then also run.',
  },
  'edge-proxy-protocol': {
    value: false,
    field: 'Environment.spec.edge.proxyProtocol',
    reason: 'With externalTrafficPolicy Local most load balancers of layer 4 keep the address of the client.',
  },
  'edge-replicas': {
    value: 2,
    field: 'Environment.spec.edge.replicas',
    reason: 'One serves while the other is replaced; more would multiply what limits per client let through.',
  },
  'edge-resources': {
    value: '100m and 128Mi',
    field: 'Environment.spec.edge.resources',
    reason: 'An idle nginx with one worker and its zones takes a fifth of it; measure it under your load.',
  },
  'header-owner': {
    value: 'edge where nginx is wanted, else runtime',
    field: 'Environment.spec.headerOwner',
    reason: 'Exactly one layer sends a header, so no answer carries it twice.',
  },
  'issuer-ref-kind': {
    value: 'ClusterIssuer',
    field: 'Environment.spec.tls.issuerRef.kind',
    reason: 'One issuer for the cluster is the usual set-up.',
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
