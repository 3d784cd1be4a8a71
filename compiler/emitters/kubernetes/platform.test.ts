/**
 * What a spec says of the cluster around it: registries, DNS, Prometheus and its operator, IPv6, priority, files and TLS.
 */
import assert from 'node:assert/strict';
import { at, clusterModel, clusterSpec, documentOf, emitted, type SpecParts } from '../../testing/cluster-spec.ts';
import { compileText } from '../../testing/compile-text.ts';
import { describe } from '../../testing/suite.ts';

const POD = '/spec/template/spec';
const STORE = documentOf(
  'Datastore',
  'ledger',
  `engine: postgresql
host: db.example.com
maxConnections: 100
credentials: { name: ledger, key: url }
backup: { method: dump, schedule: "0 2 * * *", retention: 7d, image: "registry.example.com/pg:16", destination: { kind: s3, location: b } }`,
);
const USER = 'scale: { min: 2 }\ndatabase: { use: ledger, pool: 5 }\njobs: [{ name: migrate, command: [migrate] }]';

const object = (parts: SpecParts, path: string): unknown => emitted(clusterModel(parts)).get(`kubernetes/${path}.yaml`);
const system = (monitoring: string): string =>
  `targets: { wanted: [argocd, kubernetes, prometheus, runtime] }\nrepository: { url: "https://git.example.com/shop.git" }\nmonitoring: ${monitoring}`;

describe('kubernetes :: registries', (it) => {
  const parts = {
    environment: 'secretStore: { name: vault }\nimagePullSecrets: [registry]',
    api: USER,
    documents: [STORE],
  };

  it('gives every pod the access, backups and jobs included', () => {
    const wanted = [{ name: 'registry' }];
    assert.deepEqual(at(object(parts, 'gateway/deployment-gateway'), `${POD}/imagePullSecrets`), wanted);
    assert.deepEqual(at(object(parts, 'api/job-api-migrate'), `${POD}/imagePullSecrets`), wanted);
    const backup = object(parts, 'backup-ledger/cronjob-backup-ledger');
    assert.deepEqual(at(backup, `/spec/jobTemplate${POD}/imagePullSecrets`), wanted);
    assert.equal(at(object({}, 'api/deployment-api'), `${POD}/imagePullSecrets`), undefined);
  });

  it('asks the store for it, in the type that the kubelet reads', () => {
    const secret = object(parts, 'system/externalsecret-registry');
    assert.equal(at(secret, '/spec/target/template/type'), 'kubernetes.io/dockerconfigjson');
    assert.equal(at(secret, '/spec/data/0/secretKey'), '.dockerconfigjson');
    assert.equal(at(object(parts, 'system/externalsecret-ledger'), '/spec/target/template'), undefined);
  });
});

describe('kubernetes :: DNS', (it) => {
  const dns = (parts: SpecParts, path = 'api/networkpolicy-api'): unknown => at(object(parts, path), '/spec/egress/0');

  it('is asked where the distribution has it', () => {
    const usual = dns({});
    assert.equal(at(usual, '/to/0/podSelector/matchLabels/k8s-app'), 'kube-dns');
    assert.deepEqual(at(usual, '/ports'), [
      { port: 53, protocol: 'UDP' },
      { port: 53, protocol: 'TCP' },
    ]);
    const openshift = { environment: 'dns: openshift', api: USER, documents: [STORE] };
    for (const path of ['api/networkpolicy-api', 'backup-ledger/networkpolicy-backup-ledger']) {
      const rule = dns(openshift, path);
      assert.deepEqual(at(rule, '/to'), [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-dns' } },
          podSelector: { matchLabels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } },
        },
      ]);
      assert.deepEqual(at(rule, '/ports'), [
        { port: 5353, protocol: 'UDP' },
        { port: 5353, protocol: 'TCP' },
      ]);
    }
  });
});

describe('kubernetes :: IPv6', (it) => {
  it('is let out wherever IPv4 is, and kept from what IPv4 is kept from', () => {
    const documents = [STORE, documentOf('Provider', 'llm', 'pool: { maxConcurrent: 5 }')];
    const tree = emitted(clusterModel({ api: `${USER}\ncalls: [{ provider: llm }]`, documents }));
    const blocks = [...tree.values()]
      .filter((one) => at(one, '/kind') === 'NetworkPolicy')
      .flatMap((one) => at(one, '/spec/egress') ?? [])
      .map((rule) => JSON.stringify(at(rule, '/to')));
    const open = blocks.filter((to) => to.includes('0.0.0.0/0'));
    assert.ok(open.length >= 5);
    for (const to of blocks) assert.equal(to.includes('"0.0.0.0/0"'), to.includes('"::/0"'), to);
    for (const to of open) {
      assert.match(to, /169\.254\.0\.0\/16/);
      assert.match(to, /fe80::\/10/);
      // The metadata services of clouds over IPv6 lie in fc00::/7.
      assert.match(to, /fc00::\/7|fd00:ec2::254\/128/);
    }
  });
});

describe('kubernetes :: Prometheus', (it) => {
  it('is let in from where it lives', () => {
    const parts = { system: system('{ prometheus: { namespace: observability, labels: { app: prom } } }') };
    const rules = at(object(parts, 'api/networkpolicy-api'), '/spec/ingress');
    assert.ok(Array.isArray(rules));
    assert.deepEqual(at(rules.at(-1), '/from'), [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'observability' } },
        podSelector: { matchLabels: { app: 'prom' } },
      },
    ]);
  });

  it('finds the objects of its operator by the labels that it selects by', () => {
    const parts = { system: system('{ labels: { release: kube-prometheus-stack } }') };
    const found = [...emitted(clusterModel(parts)).values()].filter((one) =>
      ['ServiceMonitor', 'PrometheusRule'].includes(String(at(one, '/kind'))),
    );
    assert.ok(found.length >= 4);
    for (const one of found) assert.equal(at(one, '/metadata/labels/release'), 'kube-prometheus-stack');
    assert.equal(at(object({}, 'api/servicemonitor-api'), '/metadata/labels/release'), undefined);
  });

  it('does not stop the sync while the kinds of an operator are not there yet', () => {
    const tree = [...emitted(clusterModel({ api: USER, documents: [STORE] })).values()];
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'ExternalSecret']) {
      const objects = tree.filter((one) => at(one, '/kind') === kind);
      assert.ok(objects.length > 0, kind);
      for (const one of objects)
        assert.match(
          String(at(one, '/metadata/annotations/argocd.argoproj.io~1sync-options')),
          /SkipDryRunOnMissingResource=true/,
        );
    }
    for (const one of tree.filter((other) => at(other, '/kind') === 'Deployment'))
      assert.equal(at(one, '/metadata/annotations/argocd.argoproj.io~1sync-options'), undefined);
  });

  it('gets a scrape configuration instead where it has no operator', () => {
    const tree = emitted(clusterModel({ system: system('{ operator: false }') }));
    assert.deepEqual(
      [...tree.keys()].filter((path) => /servicemonitor|prometheusrule/.test(path)),
      [],
    );
    const jobs = at(tree.get('prometheus/scrape.yaml'), '/scrape_configs');
    assert.ok(Array.isArray(jobs));
    assert.deepEqual(
      jobs.map((job: unknown) => at(job, '/job_name')),
      ['api', 'gateway'],
    );
    assert.ok(tree.has('prometheus/rules/gateway.yaml'));
    assert.equal(emitted(clusterModel()).has('prometheus/scrape.yaml'), false);
  });
});

describe('kubernetes :: files and TLS', (it) => {
  const TLS = `files:
  - { path: /tls/tls.crt, secret: { name: gateway-tls, key: tls.crt } }
  - { path: /tls/tls.key, secret: { name: gateway-tls, key: tls.key } }
  - { path: /tls/ca.crt, secret: { name: clients, key: ca.crt } }
runtime: { tls: { cert: /tls/tls.crt, key: /tls/tls.key, clientCa: /tls/ca.crt } }`;
  const gateway = object({ gateway: TLS }, 'gateway/deployment-gateway');
  const probe = (deployment: unknown, kind: string): unknown =>
    at(deployment, `${POD}/containers/0/${kind}Probe/httpGet`);

  it('asks the probes of an encrypted gateway at its plain port', () => {
    for (const kind of ['startup', 'liveness', 'readiness']) {
      assert.equal(at(probe(gateway, kind), '/port'), 'metrics');
      assert.equal(at(probe(gateway, kind), '/scheme'), undefined);
    }
  });

  it('asks in HTTPS where the port speaks it', () => {
    const asked = object(
      { gateway: `${TLS.replace(', clientCa: /tls/ca.crt', '')}\nprobes: { port: 8080 }` },
      'gateway/deployment-gateway',
    );
    assert.equal(at(probe(asked, 'liveness'), '/scheme'), 'HTTPS');
    const own = { api: 'scale: { min: 2 }\nprobes: { scheme: https }' };
    assert.equal(at(probe(object(own, 'api/deployment-api'), 'readiness'), '/scheme'), 'HTTPS');
  });

  it('scrapes in HTTPS where the service says so', () => {
    const endpoint = (spec: SpecParts): unknown =>
      at(object(spec, 'worker/servicemonitor-worker'), '/spec/endpoints/0');
    const worker = (metrics: string): SpecParts => ({
      documents: [
        documentOf(
          'Service',
          'worker',
          `role: worker\nimage: registry.example.com/w:1\nresources: { cpu: 100m, memory: 64Mi }\nmetrics: ${metrics}`,
        ),
      ],
    });
    assert.equal(at(endpoint(worker('{ port: 9102, scheme: https }')), '/scheme'), 'https');
    assert.equal(at(endpoint(worker('{ port: 9102, scheme: https }')), '/tlsConfig/insecureSkipVerify'), true);
    assert.equal(at(endpoint(worker('{ port: 9102 }')), '/scheme'), 'http');
    assert.equal(at(object({ gateway: TLS }, 'gateway/servicemonitor-gateway'), '/spec/endpoints/0/scheme'), 'http');
  });

  it('mounts the files of several secrets side by side, and asks the store for them', () => {
    const volumes = at(gateway, `${POD}/volumes`);
    const mounts = at(gateway, `${POD}/containers/0/volumeMounts`);
    assert.ok(Array.isArray(volumes) && Array.isArray(mounts));
    assert.deepEqual(
      mounts.filter((mount: unknown) => at(mount, '/mountPath') === '/tls'),
      [{ mountPath: '/tls', name: 'files-0-tls', readOnly: true }],
    );
    assert.deepEqual(
      volumes.find((volume: unknown) => at(volume, '/name') === 'files-0-tls'),
      {
        name: 'files-0-tls',
        projected: {
          defaultMode: 0o440,
          sources: [
            { secret: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'clients' } },
            {
              secret: {
                items: [
                  { key: 'tls.crt', path: 'tls.crt' },
                  { key: 'tls.key', path: 'tls.key' },
                ],
                name: 'gateway-tls',
              },
            },
          ],
        },
      },
    );
    assert.equal(
      at(object({ gateway: TLS }, 'system/externalsecret-gateway-tls'), '/spec/data/1/secretKey'),
      'tls.key',
    );
  });

  it('gives jobs the same files', () => {
    const files =
      'scale: { min: 2 }\nfiles: [{ path: /keys/a.pem, secret: { name: a, key: pem } }]\njobs: [{ name: migrate, command: [m] }]';
    const job = object({ api: files }, 'api/job-api-migrate');
    assert.equal(at(job, `${POD}/volumes/0/name`), 'files-0-keys');
    assert.equal(at(job, `${POD}/containers/0/volumeMounts/0/mountPath`), '/keys');
  });
});

describe('kubernetes :: priority', (it) => {
  it('is that of the service, for its replicas and its jobs', () => {
    const parts = {
      api: 'scale: { min: 2 }\npriorityClass: business-critical\njobs: [{ name: migrate, command: [m] }]',
    };
    assert.equal(at(object(parts, 'api/deployment-api'), `${POD}/priorityClassName`), 'business-critical');
    assert.equal(at(object(parts, 'api/job-api-migrate'), `${POD}/priorityClassName`), 'business-critical');
    assert.equal(at(object(parts, 'gateway/deployment-gateway'), `${POD}/priorityClassName`), undefined);
  });
});

describe('kubernetes :: the port of the metrics', (it) => {
  const gatewayOf = (text: string) => compileText(text).models[0]?.services.find(({ name }) => name === 'gateway');
  const silent = (gateway = ''): string =>
    clusterSpec({ gateway }).replace('metrics: { port: 9090 }', 'metrics: { path: /metrics }');

  it('is that of the operators where a gateway names none, never the one of its API', () => {
    assert.equal(gatewayOf(silent())?.metrics.port, 9090);
    assert.equal(gatewayOf(silent().replace('port: 8080', 'port: 9090'))?.metrics.port, 9091);
  });

  it('answers the probes of a gateway with TLS, named or not', () => {
    const tls = 'runtime: { tls: { cert: /tls/tls.crt, key: /tls/tls.key } }';
    assert.equal(gatewayOf(silent(tls))?.probes?.port, 9090);
    assert.equal(gatewayOf(silent())?.probes?.port, 8080);
  });
});
