/**
 * Edges of what stands around a service: its connections and files, the cluster, the monitoring, the repository.
 */
import fc from 'fast-check';
import * as edge from './edge-values.ts';
import type { Edge } from './usual-spec.ts';

const secret = fc.record({ name: edge.name, key: edge.secretKey });
/** Selectors of a cluster: keys with and without a prefix. */
const labels = fc.dictionary(edge.labelKey, edge.labelValue, { minKeys: 1, maxKeys: 2 });

export const SURROUNDING_EDGES: readonly Edge[] = [
  ['environment.spec.imagePullSecrets', fc.tuple(edge.name)],
  ['environment.spec.dns', fc.constantFrom('kube-dns', 'openshift')],
  ['environment.spec.publicPorts', fc.constantFrom([443], [80, 443], [8443], [65535])],
  [
    'environment.spec.secretStore',
    fc.record({ name: edge.name, kind: fc.constantFrom('SecretStore', 'ClusterSecretStore') }),
  ],
  ['environment.spec.argocdNamespace', edge.name],
  ['environment.spec.cluster', fc.constantFrom('https://[fd00::1]:6443', 'https://cluster.example.com/a?b#c')],
  ['environment.spec.domains.0.certificate', edge.line],
  ['environment.spec.domains.0.certificateKey', edge.line],
  ['environment.spec.domains.0.name', edge.name],
  [
    'system.spec.monitoring',
    fc.record({ scrapeInterval: edge.duration, operator: fc.boolean() }, { requiredKeys: ['scrapeInterval'] }),
  ],
  ['system.spec.monitoring', fc.record({ retention: edge.duration, alertWithin: edge.duration }, { requiredKeys: [] })],
  ['system.spec.monitoring', fc.record({ labels, operator: fc.constant(true) })],
  [
    'system.spec.monitoring',
    fc.record({ prometheus: fc.record({ namespace: edge.name, labels }, { requiredKeys: [] }) }),
  ],
  ['system.spec.runbooks', fc.oneof(fc.constantFrom('docs/runbooks', 'https://x/{{a}}'), edge.text)],
  ['system.spec.repository.url', fc.constantFrom('git@git.example.com:a/b.git', 'ssh://git@x:22/a b', 'https://x/$y')],
  ['system.spec.repository.revision', edge.text],
  ['system.spec.repository.path', fc.constantFrom('.', 'a/../b', '/', 'x-1.2/y_z')],
  [
    'system.spec.rateLimits',
    fc.tuple(fc.record({ zone: edge.name, per: fc.constantFrom('client', 'global'), rate: edge.rate })),
  ],
  ['api.spec.priorityClass', edge.name],
  ['gateway.spec.priorityClass', edge.name],
  ['api.spec.files', fc.tuple(fc.record({ path: edge.filePath, secret }))],
  [
    'api.spec.files',
    fc.tuple(...['/etc/a/x', '/etc/a/y'].map((path) => fc.record({ path: fc.constant(path), secret }))),
  ],
  ['api.spec.uses', fc.tuple(fc.record({ use: fc.constant('files'), as: edge.envName }))],
  [
    'api.spec.uses',
    fc.tuple(
      fc.record({ use: fc.constant('cache'), as: edge.envName, credentials: secret }, { requiredKeys: ['use'] }),
    ),
  ],
  ['cache.spec.host', edge.host],
  ['cache.spec.port', edge.port],
  ['cache.spec.credentials', secret],
  ['cache.metadata.name', edge.name],
];
