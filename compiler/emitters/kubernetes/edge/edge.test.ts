import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { at, clusterModel, nginxFiles, type SpecParts } from '../../../testing/cluster-spec.ts';
import { describe } from '../../../testing/suite.ts';
import { emitter as kubernetes } from '../emitter.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const WANTED = `targets: { wanted: [argocd, kubernetes, nginx, prometheus, runtime] }
repository: { url: "https://git.example.com/shop.git" }`;

const ENVIRONMENT = `domains: [{ host: shop.example.com }]
publicPorts: [80, 443]
tls: { challenge: http-01 }
secretStore: { name: vault }`;

const IMAGES = `image: docker.io/nginxinc/nginx-unprivileged:1.28@${DIGEST}, exporterImage: docker.io/nginx/exporter:1.4@${DIGEST}`;

function objects(environment: string, more: SpecParts = {}) {
  const model = clusterModel({ system: WANTED, environment, ...more });
  const files = nginxFiles(model);
  const made = kubernetes.emit(model, files);
  return {
    files,
    paths: made.map(({ path }) => path.replace('kubernetes/', '')),
    at: (path: string, pointer: string): unknown => {
      const found = made.find((one) => one.path === `kubernetes/${path}.yaml`);
      return found === undefined ? undefined : at(parse(found.text), pointer);
    },
    all: made.map(({ text }) => parse(text) as unknown),
  };
}

const POD = '/spec/template/spec';

describe('kubernetes :: nginx as the edge', (it) => {
  const edge = objects(ENVIRONMENT);

  it('holds every file of nginx as it is, where its configuration includes it from', () => {
    const [source] = edge.at('edge/deployment-edge', `${POD}/volumes/0/projected/sources`) as [
      { configMap: { name: string; items: { key: string; path: string }[] } },
    ];
    const data = edge.at(`edge/configmap-${source.configMap.name}`, '/data') as Record<string, string>;
    assert.deepEqual(
      source.configMap.items.map(({ key, path }) => [`nginx/${path}`, data[key]]).sort(),
      edge.files.map(({ path, text }) => [path, text]).sort(),
    );
  });

  it('rolls with its configuration, and with nothing else', () => {
    const nameOf = (made: typeof edge) => made.paths.find((path) => path.startsWith('edge/configmap-'));
    assert.notEqual(nameOf(objects(ENVIRONMENT.replace('shop.example.com', 'www.example.com'))), nameOf(edge));
    assert.equal(nameOf(objects(ENVIRONMENT, { documents: [] })), nameOf(edge));
  });

  it('lets the world in at two ports and keeps its address', () => {
    assert.deepEqual(
      ['type', 'externalTrafficPolicy'].map((field) => edge.at('edge/service-edge', `/spec/${field}`)),
      ['LoadBalancer', 'Local'],
    );
    assert.deepEqual(edge.at('edge/service-edge', '/spec/ports'), [
      { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' },
      { name: 'https', port: 443, protocol: 'TCP', targetPort: 'https' },
    ]);
    const ingress = edge.at('edge/networkpolicy-edge', '/spec/ingress/0') as object;
    assert.deepEqual(ingress, { ports: [8080, 8443].map((port) => ({ port, protocol: 'TCP' })) });
  });

  it('is the only one that reaches the port of the gateway', () => {
    const rules = edge.at('gateway/networkpolicy-gateway', '/spec/ingress') as {
      from: unknown;
      ports: { port: number }[];
    }[];
    assert.deepEqual(
      rules.filter(({ ports }) => ports.some(({ port }) => port === 8080)).map(({ from }) => from),
      [[{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'edge' } } }]],
    );
    const egress = edge.at('edge/networkpolicy-edge', '/spec/egress') as { ports: { port: number }[] }[];
    assert.deepEqual(
      egress.map(({ ports }) => ports[0]?.port),
      [53, 8080, 8089],
    );
  });

  it('waits for no Secret over http-01, which needs it to run first, and for the Secret over any other challenge', () => {
    const optional = (made: typeof edge) => made.at('edge/deployment-edge', `${POD}/volumes/2/secret/optional`);
    assert.equal(optional(edge), true);
    const other = objects(ENVIRONMENT.replace('challenge: http-01', 'issuerRef: { name: letsencrypt }'));
    assert.equal(optional(other), undefined);
    assert.equal(other.at('edge/certificate-shop.example.com-tls', '/spec/issuerRef/kind'), 'ClusterIssuer');
    assert.ok(!other.paths.includes('edge/issuer-letsencrypt.yaml'));
    assert.ok(!other.paths.includes('edge/service-edge-acme.yaml'));
  });

  it('has time for its pause, its drain and a margin', () => {
    const [, , script] = edge.at(
      'edge/deployment-edge',
      `${POD}/containers/0/lifecycle/preStop/exec/command`,
    ) as string[];
    // At any other signal nginx would cut every exchange.
    assert.match(script ?? '', /^sleep \d+; kill -QUIT 1; sleep \d+$/);
    const [pause = 0, drain = 0] = [...(script ?? '').matchAll(/sleep (\d+)/g)].map(([, seconds]) => Number(seconds));
    assert.equal(edge.at('edge/deployment-edge', `${POD}/terminationGracePeriodSeconds`), pause + drain);
    const [, timeout] = /worker_shutdown_timeout (\d+)s/.exec(edge.files.map(({ text }) => text).join()) ?? [];
    assert.ok(drain > Number(timeout));
  });

  it('has a worker for each processor that it may use, not for each of its node', () => {
    const workers = (cpu: string) =>
      /worker_processes (\S+);/.exec(
        objects(`${ENVIRONMENT}\nedge: { ${IMAGES}, resources: { cpu: ${cpu}, memory: 128Mi } }`)
          .files.map(({ text }) => text)
          .join(),
      )?.[1];
    assert.deepEqual([workers('100m'), workers('"2"')], ['1', '4']);
  });

  it('looks addresses up again where nginx can, and reads the PROXY protocol where it is declared', () => {
    const system = `${WANTED}\nversions: { kubernetes: "1.33", nginx: "1.28" }`;
    const environment = `${ENVIRONMENT}\ntrustedProxies: [10.0.0.0/24]\nedge: { ${IMAGES}, proxyProtocol: true }`;
    const text = objects(environment, { system })
      .files.map((file) => file.text)
      .join('\n');
    assert.match(text, /server gateway\.shop-production\.svc\.cluster\.local:8080 resolve;/);
    assert.match(text, /resolver kube-dns\.kube-system\.svc\.cluster\.local valid=10s;/);
    assert.match(text, /listen 8443 ssl proxy_protocol;/);
    assert.match(text, /real_ip_header proxy_protocol;/);
    assert.doesNotMatch(edge.files.map((file) => file.text).join('\n'), /proxy_protocol| resolve;/);
  });

  it('is shown to Prometheus by a Service of its own', () => {
    assert.deepEqual(edge.at('edge/service-edge-metrics', '/spec/ports/0/port'), 9113);
    assert.deepEqual(edge.at('edge/servicemonitor-edge', '/spec/selector/matchLabels'), {
      'app.kubernetes.io/component': 'metrics',
      'app.kubernetes.io/name': 'edge',
    });
    const labels = edge.at('edge/service-edge', '/metadata/labels') as Record<string, string>;
    assert.notEqual(labels['app.kubernetes.io/component'], 'metrics');
  });

  it('has another name where a service has its name', () => {
    const api = {
      documents: [
        'apiVersion: seaworthy.dev/v1alpha1\nkind: Service\nmetadata: { name: edge, system: shop }\nspec: { image: registry.example.com/e:1, port: 1234, resources: { cpu: 100m, memory: 64Mi } }\n',
      ],
    };
    const { paths } = objects(ENVIRONMENT, api);
    assert.ok(paths.includes('edge-nginx/deployment-edge-nginx.yaml'));
  });

  it('is not there without a host name', () => {
    assert.ok(!objects('secretStore: { name: vault }').paths.some((path) => path.startsWith('edge/')));
  });
});

describe('kubernetes :: a controller as the edge', (it) => {
  const ROUTES =
    'routes: [{ path: /v1, match: prefix, auth: none }, { path: /gateway, match: prefix, auth: none }, { path: /exact, auth: none }]';
  const GATEWAY = 'probes: { liveness: /gateway/health, readiness: /gateway/ready }';
  const shown = objects(
    `${ENVIRONMENT}\nedge: { kind: gateway-api, class: envoy, controllerNamespace: envoy-gateway-system }`,
    {
      routes: ROUTES,
      gateway: GATEWAY,
    },
  );
  const route =
    shown.paths.find((path) => /edge\/httproute-edge-[0-9a-f]+\.yaml/.test(path))?.replace('.yaml', '') ?? '';

  it('has no nginx, and the runtime keeps what nginx would have', () => {
    assert.deepEqual(shown.files, []);
    assert.ok(!shown.paths.some((path) => path.includes('deployment-edge')));
  });

  it('ends TLS at a Gateway and sends plain requests there', () => {
    assert.equal(shown.at('edge/gateway-edge', '/spec/gatewayClassName'), 'envoy');
    assert.equal(shown.at('edge/gateway-edge', '/spec/listeners/1/tls/certificateRefs/0/name'), 'shop.example.com-tls');
    assert.equal(shown.at('edge/httproute-edge-redirect', '/spec/rules/0/filters/0/requestRedirect/scheme'), 'https');
    assert.deepEqual(
      shown.at('edge/issuer-letsencrypt', '/spec/acme/solvers/0/http01/gatewayHTTPRoute/parentRefs/0/name'),
      'edge',
    );
  });

  it('matches what is exposed, and forwards nowhere what operators ask', () => {
    const matches = (rule: number) =>
      (shown.at(route, `/spec/rules/${rule}/matches`) as { path: { type: string; value: string } }[]).map(
        ({ path }) => `${path.type} ${path.value}`,
      );
    assert.deepEqual(matches(0).sort(), ['Exact /exact', 'PathPrefix /gateway', 'PathPrefix /v1']);
    assert.equal(shown.at(route, '/spec/rules/0/backendRefs/0/name'), 'gateway');
    assert.deepEqual(matches(1), ['PathPrefix /gateway/health', 'PathPrefix /gateway/ready']);
    assert.equal(shown.at(route, '/spec/rules/1/backendRefs'), undefined);
  });

  it('lets only its controller reach the gateway', () => {
    assert.deepEqual(shown.at('gateway/networkpolicy-gateway', '/spec/ingress/0/from'), [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } } },
    ]);
  });

  it('is an Ingress by one word', () => {
    const ingress = objects(`${ENVIRONMENT}\nedge: { kind: ingress, class: haproxy, annotations: { a.example/b: c } }`);
    assert.equal(ingress.at('edge/ingress-edge', '/spec/ingressClassName'), 'haproxy');
    assert.equal(ingress.at('edge/ingress-edge', '/metadata/annotations/a.example~1b'), 'c');
    assert.deepEqual(ingress.at('edge/ingress-edge', '/spec/rules/0/http/paths'), [
      { path: '/v1', pathType: 'Exact', backend: { service: { name: 'gateway', port: { number: 8080 } } } },
    ]);
    assert.equal(
      ingress.at('edge/issuer-letsencrypt', '/spec/acme/solvers/0/http01/ingress/ingressClassName'),
      'haproxy',
    );
  });
});
