import assert from 'node:assert/strict';
import { unmark } from '../../marks.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { goodDatastore } from '../../testing/cluster/datastore.ts';
import { goodModel } from '../../testing/cluster/model.ts';
import { testOrigin } from '../../testing/cluster/origin.ts';
import { goodService } from '../../testing/cluster/service.ts';
import { describe } from '../../testing/suite.ts';
import { egressRules, ingressRules } from './network-rules.ts';

/** Each rule as `peer peer:port,port`, the form in which a reviewer would say it. */
const said = (rules: readonly object[]): readonly string[] =>
  rules.map((rule) => {
    const { to, from, ports } = JSON.parse(JSON.stringify(unmark(rule)));
    const peers = (to ?? from ?? [{ any: true }]).map(sayPeer).join(' ');
    return `${peers}:${ports.map(({ port }: { port: { value: number } }) => port.value).join(',')}`;
  });

interface Peer {
  readonly any?: boolean;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly podSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}

function sayPeer({ any, ipBlock, namespaceSelector, podSelector }: Peer): string {
  if (any) return 'anyone';
  if (ipBlock !== undefined) return `${ipBlock.cidr}${ipBlock.except === undefined ? '' : `-${ipBlock.except.length}`}`;
  const words = [
    ...Object.values(namespaceSelector?.matchLabels ?? {}),
    ...Object.values(podSelector?.matchLabels ?? {}),
  ];
  return words.join('/') || 'namespace';
}

const DNS = 'kube-system/kube-dns 169.254.20.10/32:53,53';

function service(model: Model, name: string): ServiceModel {
  const found = model.services.find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found;
}

const egress = (model: Model, name: string): readonly string[] => said(egressRules(model, service(model, name)));
const ingress = (model: Model, name: string): readonly string[] => said(ingressRules(model, service(model, name)));

const reaching = (host: string): readonly string[] => {
  const model = goodModel({ services: [goodService('orders')], datastores: [goodDatastore('orders', { host })] });
  return egress(model, 'orders').slice(1);
};

describe('kubernetes/network-policy', (it) => {
  const model = goodModel();

  it('lets out to what is declared and to DNS, and to nothing else', () => {
    assert.deepEqual(egress(model, 'orders'), [DNS, '0.0.0.0/0-1 ::/0-3:5432', 'stock:4002', '0.0.0.0/0-6 ::/0-3:443']);
    assert.deepEqual(egress(model, 'stock'), [DNS]);
    assert.deepEqual(egress(model, 'gateway'), [DNS, 'orders:4001']);
  });

  it('lets in the gateway, the callers and Prometheus', () => {
    assert.deepEqual(ingress(model, 'orders'), ['gateway:4001', 'monitoring/prometheus:9101']);
    assert.deepEqual(ingress(model, 'stock'), ['orders:4002', 'monitoring/prometheus:9101']);
    assert.deepEqual(ingress(model, 'mailer'), []);
  });

  it('lets in at every end what it lets out at the other', () => {
    for (const caller of model.services)
      for (const target of model.services) {
        const out = egress(model, caller.name).filter((rule) => rule.startsWith(`${target.name}:`));
        const into = ingress(model, target.name).filter((rule) => rule.split(':')[0]?.split(' ').includes(caller.name));
        assert.equal(out.length, into.length, `${caller.name} to ${target.name}`);
      }
  });

  it('opens the front door to the declared proxies, or to everyone while none is declared', () => {
    assert.equal(ingress(model, 'gateway')[0], '192.0.2.0/24:8080');
    const loopback = goodModel({ environment: { ...model.environment, trustedProxies: ['127.0.0.1/32'] } });
    assert.equal(ingress(loopback, 'gateway')[0], 'anyone:8080');
  });

  it('makes the exposed service the front door where there is no gateway', () => {
    const alone = goodModel({ services: [goodService('orders'), goodService('stock', { routes: [] })] });
    assert.equal(ingress(alone, 'orders')[0], '192.0.2.0/24:4001');
    assert.deepEqual(ingress(alone, 'stock'), ['monitoring/prometheus:9101']);
  });

  it('knows what a host name stands for', () => {
    assert.deepEqual(reaching('10.1.2.3'), ['10.1.2.3/32:5432']);
    assert.deepEqual(reaching('2001:db8::1'), ['2001:db8::1/128:5432']);
    assert.deepEqual(reaching('orders-db'), ['namespace:5432']);
    assert.deepEqual(reaching('main.data.svc.cluster.local'), ['data:5432']);
    assert.deepEqual(reaching('main.data.svc.example.com'), ['0.0.0.0/0-1 ::/0-3:5432']);
  });

  it('opens the port of a datastore whose host only its secret knows', () => {
    const reach = (placement: 'external' | 'self' | 'embedded'): readonly string[] => {
      const datastores = [goodDatastore('orders', { host: undefined, placement })];
      return egress(goodModel({ services: [goodService('orders')], datastores }), 'orders').slice(1);
    };
    assert.deepEqual(reach('external'), ['0.0.0.0/0-1 ::/0-3:5432']);
    assert.deepEqual(reach('self'), ['namespace:5432']);
    assert.deepEqual(reach('embedded'), []);
  });

  it('sends calls of a company to the public internet, at the port of its address', () => {
    const [payments] = model.providers;
    assert.ok(payments !== undefined);
    const rulesFor = (...urls: (string | undefined)[]): readonly string[] => {
      const upstreams = urls.map((url, index) => ({ origin: testOrigin, name: `u${index}`, url }));
      return egress(goodModel({ providers: [{ ...payments, upstreams }] }), 'orders').slice(3);
    };
    assert.deepEqual(rulesFor('http://api.example.org:8088/v1'), ['0.0.0.0/0-6 ::/0-3:8088']);
    assert.deepEqual(rulesFor('http://ollama:11434'), ['namespace:11434']);
    assert.deepEqual(rulesFor('https://a.example', 'https://b.example'), ['0.0.0.0/0-6 ::/0-3:443']);
    assert.deepEqual(rulesFor(undefined), ['0.0.0.0/0-6 ::/0-3:443']);
    assert.deepEqual(rulesFor(), ['0.0.0.0/0-6 ::/0-3:443']);
  });
});
