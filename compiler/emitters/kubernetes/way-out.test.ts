/**
 * The way to providers through the gateway, at both ends: what listens, what is let in, and what the caller may reach and knows.
 */
import assert from 'node:assert/strict';
import { at, clusterModel, documentOf, emitted, gatewayContract } from '../../testing/cluster-spec.ts';
import { describe } from '../../testing/suite.ts';

const provider = (name: string, spec: string): string => documentOf('Provider', name, spec);
const PARTS = {
  gateway: 'runtime: { egress: 9191 }',
  api: 'scale: { min: 2 }\ncalls: [{ provider: llm }]\njobs: [{ name: batch, command: [batch] }]',
  documents: [
    provider('llm', 'upstreams: [{ name: llm, url: "https://api.example.com/v1" }]\npool: { maxConcurrent: 5 }'),
    documentOf(
      'Service',
      'idle',
      'image: registry.example.com/idle:1\nport: 3001\nresources: { cpu: 100m, memory: 64Mi }',
    ),
  ],
};
const files = emitted(clusterModel(PARTS));

/** Ports and peers of the rules of a policy, as `peer:ports`. */
function rules(name: string, direction: 'ingress' | 'egress', tree = files): readonly string[] {
  const list = at(tree.get(`kubernetes/${name}.yaml`), `/spec/${direction}`);
  assert.ok(Array.isArray(list), name);
  return list.map((rule: unknown) => {
    const peers = at(rule, direction === 'ingress' ? '/from' : '/to') ?? ['anyone'];
    const ports = at(rule, '/ports');
    assert.ok(Array.isArray(peers) && Array.isArray(ports));
    const names = peers.map((peer: unknown) => {
      const label = at(peer, '/podSelector/matchLabels/app.kubernetes.io~1name');
      return String(label ?? at(peer, '/ipBlock/cidr') ?? 'somebody');
    });
    return `${names.join(' ')}:${ports.map((port: unknown) => String(at(port, '/port'))).join()}`;
  });
}

describe('kubernetes :: the way out', (it) => {
  it('listens where other pods can reach it', () => {
    assert.deepEqual(at(JSON.parse(gatewayContract(PARTS).policy), '/egress'), { host: '::', port: 9191 });
    const ports = at(files.get('kubernetes/gateway/deployment-gateway.yaml'), '/spec/template/spec/containers/0/ports');
    const service = at(files.get('kubernetes/gateway/service-gateway.yaml'), '/spec/ports');
    assert.ok(Array.isArray(ports) && Array.isArray(service));
    assert.ok(ports.some((port: unknown) => at(port, '/containerPort') === 9191 && at(port, '/name') === 'egress'));
    assert.ok(service.some((port: unknown) => at(port, '/port') === 9191 && at(port, '/targetPort') === 'egress'));
  });

  it('lets in the services that call a provider, and nobody else', () => {
    const into = rules('gateway/networkpolicy-gateway', 'ingress').filter((rule) => rule.endsWith(':9191'));
    assert.deepEqual(into, ['api:9191']);
  });

  it('is the only way of those services and of their jobs; the gateway alone reaches the provider', () => {
    for (const name of ['api/networkpolicy-api', 'api/networkpolicy-api-batch'])
      assert.deepEqual(rules(name, 'egress').slice(1), ['gateway:9191'], name);
    assert.deepEqual(rules('idle/networkpolicy-idle', 'egress').slice(1), []);
    assert.ok(rules('gateway/networkpolicy-gateway', 'egress').includes('0.0.0.0/0 ::/0:443'));
  });

  it('is no way to a provider whose address nobody knows, nor where the gateway has none', () => {
    const unknown = emitted(clusterModel({ ...PARTS, documents: [provider('llm', 'pool: { maxConcurrent: 5 }')] }));
    assert.deepEqual(rules('api/networkpolicy-api', 'egress', unknown).slice(1), ['0.0.0.0/0 ::/0:443']);
    assert.ok(!rules('gateway/networkpolicy-gateway', 'ingress', unknown).some((rule) => rule.endsWith(':9191')));
    const direct = emitted(clusterModel({ ...PARTS, gateway: '' }));
    assert.deepEqual(rules('api/networkpolicy-api', 'egress', direct).slice(1), ['0.0.0.0/0 ::/0:443']);
    assert.ok(!rules('gateway/networkpolicy-gateway', 'egress', direct).includes('0.0.0.0/0 ::/0:443'));
  });

  it('stays on loopback on a host', () => {
    const host = {
      ...PARTS,
      system: 'targets: { wanted: [runtime] }',
      gateway: 'runtime: { egress: 9191 }',
    };
    assert.deepEqual(at(JSON.parse(gatewayContract(host).policy), '/egress'), { host: '127.0.0.1', port: 9191 });
  });

  it('is open for traces and bug reports of the gateway too', () => {
    const observed = (runtime: string): readonly string[] =>
      rules(
        'gateway/networkpolicy-gateway',
        'egress',
        emitted(clusterModel({ gateway: `runtime: { ${runtime} }` })),
      ).slice(1);
    const api = 'api:3000';
    assert.deepEqual(observed('tracing: { service: shop, endpoint: "http://collector.monitoring.svc:4317" }'), [
      api,
      'somebody:4317',
    ]);
    assert.deepEqual(observed('tracing: { service: shop, protocol: http/protobuf }'), [api, '0.0.0.0/0 ::/0:4318']);
    assert.deepEqual(observed('errors: { env: SENTRY_DSN }'), [api, '0.0.0.0/0 ::/0:443']);
    assert.deepEqual(observed('log: { level: info }'), [api]);
  });
});
