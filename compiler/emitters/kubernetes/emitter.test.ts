import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { bytes, milliseconds } from '../../../schemas/units/index.ts';
import { KINDS } from '../../derive/kubernetes-kinds.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { goodDatastore } from '../../testing/cluster/datastore.ts';
import { goodModel } from '../../testing/cluster/model.ts';
import { openQuestion, testOrigin } from '../../testing/cluster/origin.ts';
import { goodJob, goodRoute, goodService } from '../../testing/cluster/service.ts';
import { clusterModel, documentOf } from '../../testing/cluster-spec.ts';
import { describe } from '../../testing/suite.ts';
import { CONTROLS } from '../controls.ts';
import type { Artifact } from '../emitter.ts';
import { emitter } from './emitter.ts';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** The value at a JSON pointer, or undefined. */
function at(value: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<unknown>((node, key) => (isJson(node) ? node[unescapeKey(key)] : undefined), value);
}
const unescapeKey = (key: string): string => key.replaceAll('~1', '/').replaceAll('~0', '~');

const objectsOf = (model: Model): readonly { readonly artifact: Artifact; readonly object: unknown }[] =>
  emitter.emit(model).map((artifact) => ({ artifact, object: parse(artifact.text) }));

/** The object at this path below `kubernetes/`, or undefined. */
const objectAt = (model: Model, path: string): unknown =>
  objectsOf(model).find(({ artifact }) => artifact.path === `kubernetes/${path}.yaml`)?.object;

const withService = (changes: Partial<ServiceModel>, model: Partial<Model> = {}): Model =>
  goodModel({ services: [goodService('orders', changes)], ...model });

const deployment = (changes: Partial<ServiceModel> = {}, model: Partial<Model> = {}): unknown =>
  objectAt(withService(changes, model), 'orders/deployment-orders');

const POD = '/spec/template/spec';
const CONTAINER = `${POD}/containers/0`;
const base = goodModel();
const versioned = (kubernetes: string): Partial<Model> => ({
  system: { ...base.system, versions: { ...base.system.versions, kubernetes } },
});

const OWN_STORE = `engine: mosquitto
version: 2.0.22
placement: self
resources: { cpu: 100m, memory: 128Mi }
credentials: { name: bus, key: password }`;

describe('kubernetes :: every object', (it) => {
  it('stands in its own file, named after kind and name', () => {
    const paths = objectsOf(base).map(({ artifact, object }) => {
      const file = `${String(at(object, '/kind')).toLowerCase()}-${String(at(object, '/metadata/name'))}.yaml`;
      assert.equal(artifact.path.split('/').at(-1), file);
      return artifact.path;
    });
    assert.equal(new Set(paths).size, paths.length);
  });

  it('lives in the namespace of the environment, has an owner and at most 63 characters in its name', () => {
    const long = 'a'.repeat(60);
    const model = goodModel({ services: [goodService(long, { jobs: [goodJob(`${'b'.repeat(40)}`)] })] });
    for (const { object } of [...objectsOf(base), ...objectsOf(model)]) {
      if (at(object, '/kind') !== 'Namespace') assert.equal(at(object, '/metadata/namespace'), 'shop-production');
      assert.equal(at(object, '/metadata/labels/owner'), 'platform');
      assert.ok(String(at(object, '/metadata/name')).length <= 63);
    }
  });

  it('has marks that point at something, and claims of known controls', () => {
    const controls = new Set<string>(CONTROLS.map((control) => control.id));
    for (const { artifact, object } of objectsOf(base)) {
      assert.ok(artifact.origins.length > 0, artifact.path);
      for (const { part } of artifact.origins) assert.notEqual(at(object, part), undefined, `${artifact.path}${part}`);
      for (const { control } of artifact.claims) assert.ok(controls.has(control), control);
    }
  });

  it('is the same for the same model', () => {
    assert.deepEqual(emitter.emit(goodModel()), emitter.emit(goodModel()));
  });

  it('is of a kind that the project allows, and every allowed kind is made for some model', () => {
    const variants = [
      base,
      goodModel({ services: [] }),
      goodModel({ services: [], datastores: [] }),
      goodModel({ environment: { ...base.environment, secretStore: undefined } }),
      goodModel({ services: [goodService('orders', { scale: { ...goodService('orders').scale, min: 1, max: 1 } })] }),
      goodModel({ system: { ...base.system, targets: { ...base.system.targets, wanted: ['kubernetes'] } } }),
      goodModel({
        datastores: [
          goodDatastore('memory', {
            engine: 'sled',
            placement: 'embedded',
            embeddedIn: 'orders',
            path: '/var/lib/memory',
            storage: bytes(2 ** 30),
          }),
        ],
      }),
      clusterModel({ documents: [documentOf('Datastore', 'bus', OWN_STORE)] }),
    ];
    const edges = ['nginx', 'gateway-api, class: envoy', 'ingress, class: haproxy'].map((kind) =>
      clusterModel({
        system: 'targets: { wanted: [kubernetes, nginx, runtime] }',
        environment: `domains: [{ host: a.example.com }]\npublicPorts: [80, 443]\ntls: { challenge: http-01 }\nedge: { kind: ${kind} }`,
      }),
    );
    const made = new Set(
      [...variants, ...edges].flatMap(objectsOf).map(({ object }) => {
        const [group, version] = String(at(object, '/apiVersion')).split('/');
        return `${version === undefined ? '' : group}/${String(at(object, '/kind'))}`;
      }),
    );
    const allowed = KINDS.map(({ group, kind }) => `${group}/${kind}`);
    // Rules come from the Prometheus side.
    assert.deepEqual([...made, 'monitoring.coreos.com/PrometheusRule'].sort(), [...allowed].sort());
  });

  it('shows what its document leaves open, outside the pod template', () => {
    const questions = ['scale.max', 'alerts.0.for'].map((field) => openQuestion('Service orders', field));
    const open = { undecided: [...questions, openQuestion('Service stock', 'port')] };
    const object = deployment({}, open);
    assert.equal(at(object, '/metadata/annotations/seaworthy.dev~1undecided'), 'scale.max');
    assert.equal(at(object, '/spec/template/metadata/annotations'), undefined);
    assert.equal(at(deployment(), '/metadata/annotations/seaworthy.dev~1undecided'), undefined);
  });

  it('passes strict validation where the validator is present', () => {
    const validator = join(import.meta.dirname, '../../../../shared/tools/kube-validate');
    if (!existsSync(validator)) return;
    const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
    for (const { path, text } of emitter.emit(base)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const run = spawnSync(validator, ['--known-only', folder], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    assert.equal(run.status, 0, run.stdout);
  });
});

describe('kubernetes :: deployment', (it) => {
  it('says its number of replicas where an autoscaler owns it only if Argo CD leaves it alone', () => {
    assert.equal(at(deployment(), '/spec/replicas'), 3);
    const targets = { ...base.system.targets, wanted: ['kubernetes'] as const };
    assert.equal(at(deployment({}, { system: { ...base.system, targets } }), '/spec/replicas'), undefined);
    const fixed = { scale: { ...goodService('orders').scale, min: 4, max: 4 } };
    assert.equal(at(deployment(fixed), '/spec/replicas'), 4);
    assert.equal(objectAt(withService(fixed), 'orders/horizontalpodautoscaler-orders'), undefined);
    assert.equal(at(deployment({ resources: undefined }), '/spec/replicas'), 3);
  });

  it('gives every replica time to pause and to drain before it is killed', () => {
    for (const [preStop, drain, grace] of [
      [5_000, 30_000, 41_000],
      [4_200, 4_700, 8_900],
      [0, 1_000, 1_000],
    ] as const) {
      const shutdown = {
        origin: testOrigin,
        preStop: milliseconds(preStop),
        drain: milliseconds(drain),
        grace: milliseconds(grace),
      };
      const object = deployment({ shutdown });
      const pause = Number(at(object, `${CONTAINER}/lifecycle/preStop/sleep/seconds`) ?? 0);
      const graceSeconds = Number(at(object, `${POD}/terminationGracePeriodSeconds`));
      assert.ok(pause * 1000 >= preStop);
      assert.ok(graceSeconds * 1000 >= pause * 1000 + drain && graceSeconds * 1000 >= grace);
    }
  });

  it('pauses without a shell from Kubernetes 1.30 on', () => {
    const hook = (version: string): unknown => at(deployment({}, versioned(version)), `${CONTAINER}/lifecycle/preStop`);
    assert.deepEqual(hook('1.30'), { sleep: { seconds: 5 } });
    assert.deepEqual(hook('1.29'), { exec: { command: ['sleep', '5'] } });
  });

  it('asks different paths for liveness and readiness, and starts on liveness', () => {
    const object = deployment();
    assert.equal(at(object, `${CONTAINER}/livenessProbe/httpGet/path`), '/health');
    assert.equal(at(object, `${CONTAINER}/readinessProbe/httpGet/path`), '/ready');
    assert.equal(at(object, `${CONTAINER}/startupProbe/httpGet/path`), '/health');
    const covered =
      Number(at(object, `${CONTAINER}/startupProbe/failureThreshold`)) *
      Number(at(object, `${CONTAINER}/startupProbe/periodSeconds`));
    assert.ok(covered >= 60);
  });

  it('never runs two processes over the same embedded data', () => {
    const sled = goodDatastore('memory', {
      engine: 'sled',
      placement: 'embedded',
      embeddedIn: 'orders',
      host: undefined,
    });
    assert.equal(at(deployment({}, { datastores: [sled] }), '/spec/strategy/type'), 'Recreate');
    assert.equal(at(deployment(), '/spec/strategy/rollingUpdate/maxUnavailable'), 0);
    const elsewhere = { ...sled, embeddedIn: 'stock' };
    assert.equal(at(deployment({}, { datastores: [elsewhere] }), '/spec/strategy/type'), 'RollingUpdate');
  });

  it('keeps embedded data on a volume that no sync removes', () => {
    const sled = goodDatastore('memory', {
      engine: 'sled',
      placement: 'embedded',
      embeddedIn: 'orders',
      host: undefined,
      path: '/var/lib/memory',
      storage: bytes(7 * 2 ** 30),
    });
    const object = deployment({}, { datastores: [sled] });
    assert.deepEqual(at(object, `${CONTAINER}/volumeMounts`), [
      ...((at(deployment(), `${CONTAINER}/volumeMounts`) as object[] | undefined) ?? []),
      { mountPath: '/var/lib/memory', name: 'data-memory' },
    ]);
    const model = goodModel({ services: [goodService('orders')], datastores: [sled] });
    const claim = emitter.emit(model).find(({ path }) => path.endsWith('/persistentvolumeclaim-memory.yaml'));
    assert.match(claim?.text ?? '', /storage: 7Gi/);
    assert.match(claim?.text ?? '', /sync-options: Delete=false,Prune=false/);
  });

  it('is admitted by the restricted standard', () => {
    const object = deployment();
    assert.equal(at(object, `${POD}/automountServiceAccountToken`), false);
    assert.equal(at(object, `${POD}/enableServiceLinks`), false);
    assert.equal(at(object, `${POD}/securityContext/runAsUser`), 10_007);
    assert.equal(at(object, `${POD}/securityContext/runAsGroup`), 10_008);
    assert.deepEqual(at(object, `${CONTAINER}/securityContext`), {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.equal(at(object, `${CONTAINER}/volumeMounts/0/mountPath`), '/tmp');
    assert.equal(at(object, `${POD}/volumes/0/emptyDir/sizeLimit`), '64Mi');
  });

  it('keeps texts texts, and means what the spec says', () => {
    const env = ['on', '0123', '1.0', 'true', '12:30', '$(HOME)'].map((value, index) => ({
      origin: testOrigin,
      kind: 'literal' as const,
      name: `V${index}`,
      value,
    }));
    const model = withService({ env, uses: [] });
    const { text = '' } = emitter.emit(model).find(({ path }) => path.endsWith('deployment-orders.yaml')) ?? {};
    const values = at(parse(text, { version: '1.1' }), `${CONTAINER}/env`);
    assert.ok(Array.isArray(values));
    assert.deepEqual(
      values.map((variable: unknown) => at(variable, '/value')),
      ['on', '0123', '1.0', 'true', '12:30', '$$(HOME)'],
    );
  });

  it('names every port once', () => {
    const ports = [{ origin: testOrigin, name: 'http', port: 4010, protocol: 'tcp' as const }];
    const metrics = { ...goodService('orders').metrics, port: 4001 };
    assert.deepEqual(at(deployment({ ports, metrics }), `${CONTAINER}/ports`), [
      { containerPort: 4001, name: 'http', protocol: 'TCP' },
      { containerPort: 4010, name: 'http-2', protocol: 'TCP' },
    ]);
  });

  it('spreads two replicas and more, and only these', () => {
    assert.ok(Array.isArray(at(deployment(), `${POD}/topologySpreadConstraints`)));
    const single = { scale: { ...goodService('orders').scale, min: 1, max: 1 } };
    assert.equal(at(deployment(single), `${POD}/topologySpreadConstraints`), undefined);
    assert.equal(objectAt(withService(single), 'orders/poddisruptionbudget-orders'), undefined);
  });

  it('has a budget wherever there may be two replicas, at rest or under load', () => {
    const { scale } = goodService('orders');
    const budget = (min: number, max: number): unknown =>
      objectAt(withService({ scale: { ...scale, min, max } }), 'orders/poddisruptionbudget-orders');
    assert.ok(isJson(budget(1, 2)));
    assert.ok(isJson(budget(2, 2)));
    assert.equal(budget(1, 1), undefined);
  });

  it('tells linters why what the spec decides is no mistake, and hides nothing else', () => {
    const notes = (changes: Partial<ServiceModel>, model: Partial<Model> = {}): Json =>
      Object.fromEntries(
        Object.entries(at(deployment(changes, model), '/metadata/annotations') ?? {}).filter(([key]) =>
          /kube-score|kube-linter|polaris|exempt/.test(key),
        ),
      );
    const { scale } = goodService('orders');
    assert.deepEqual(notes({ scale: { ...scale, min: 2, max: 2 } }), {});
    const single = notes({ scale: { ...scale, min: 1, max: 1 } });
    assert.equal(single['kube-score/ignore'], 'deployment-has-poddisruptionbudget,deployment-replicas');
    assert.equal(single['seaworthy.dev/exempt'], 'the spec asks for one replica');
    assert.equal(notes({})['kube-score/ignore'], 'deployment-targeted-by-hpa-does-not-have-replicas-configured');
    const sled = goodDatastore('memory', { engine: 'sled', placement: 'embedded', embeddedIn: 'orders' });
    const recreated = notes({ scale: { ...scale, min: 1, max: 1 } }, { datastores: [sled] });
    assert.match(String(recreated['ignore-check.kube-linter.io/no-rolling-update-strategy']), /same files/);
  });

  it('is not made for a process on a host', () => {
    assert.equal(deployment({ image: undefined }), undefined);
  });
});

describe('kubernetes :: selectors', (it) => {
  it('use exactly one label, which the pods have and the pods of jobs do not', () => {
    const objects = objectsOf(base).map(({ object }) => object);
    const templates = objects.flatMap((object) => [
      at(object, '/spec/template/metadata/labels'),
      at(object, '/spec/jobTemplate/spec/template/metadata/labels'),
    ]);
    const matching = (selector: Json): number =>
      templates.filter((labels) =>
        Object.entries(selector).every(([key, value]) => isJson(labels) && labels[key] === value),
      ).length;
    const selectors = objects.flatMap((object) => {
      const kind = at(object, '/kind');
      if (kind === 'Service') return [at(object, '/spec/selector')];
      if (kind === 'NetworkPolicy') return [at(object, '/spec/podSelector/matchLabels')];
      return kind === 'Deployment' || kind === 'PodDisruptionBudget' ? [at(object, '/spec/selector/matchLabels')] : [];
    });
    const own = selectors.filter(isJson);
    assert.ok(own.length > 12);
    for (const selector of own) {
      assert.equal(Object.keys(selector).length, 1);
      assert.equal(matching(selector), 1, JSON.stringify(selector));
    }
  });
});

describe('kubernetes :: autoscaler and budget', (it) => {
  it('puts memory first and the processor last', () => {
    const metrics = at(objectAt(base, 'orders/horizontalpodautoscaler-orders'), '/spec/metrics');
    assert.ok(Array.isArray(metrics));
    assert.deepEqual(
      metrics.map((metric: unknown) => at(metric, '/resource/name')),
      ['memory', 'cpu'],
    );
  });

  it('lets a share leave, never none, and broken replicas at any time', () => {
    const budget = objectAt(base, 'orders/poddisruptionbudget-orders');
    assert.equal(at(budget, '/spec/maxUnavailable'), '25%');
    assert.equal(at(budget, '/spec/unhealthyPodEvictionPolicy'), 'AlwaysAllow');
  });
});

describe('kubernetes :: secrets', (it) => {
  it('are asked from the store by name and key; no Secret is ever written', () => {
    const secret = objectAt(base, 'system/externalsecret-orders-database');
    assert.equal(at(secret, '/spec/data/0/remoteRef/property'), 'url');
    assert.ok(objectsOf(base).every(({ object }) => at(object, '/kind') !== 'Secret'));
  });

  it('are left alone where the environment has no store', () => {
    const model = goodModel({ environment: { ...base.environment, secretStore: undefined } });
    assert.equal(objectAt(model, 'system/externalsecret-orders-database'), undefined);
  });
});

describe('kubernetes :: gateway', (it) => {
  const policyName = (model: Model): unknown =>
    at(objectAt(model, 'gateway/deployment-gateway'), `${POD}/volumes/1/configMap/name`);

  it('mounts the policy, and rolls when the policy changes', () => {
    const name = String(policyName(base));
    assert.ok(isJson(at(objectAt(base, `gateway/configmap-${name}`), '/data')));
    const [gateway, mailer, orders, stock] = base.services;
    assert.ok(gateway !== undefined && mailer !== undefined && orders !== undefined && stock !== undefined);
    const slower = { ...orders, routes: [goodRoute('orders', { timeout: milliseconds(3_500) })] };
    const changed = goodModel({ services: [gateway, mailer, slower, stock] });
    assert.notEqual(policyName(changed), name);
    assert.equal(policyName(goodModel({ undecided: [openQuestion('Service stock', 'port')] })), name);
  });
});

describe('kubernetes :: jobs', (it) => {
  it('run once as a hook of the sync, after the secrets and before the workloads', () => {
    const job = objectAt(base, 'orders/job-orders-migrate');
    const wave = (object: unknown): number =>
      Number(at(object, '/metadata/annotations/argocd.argoproj.io~1sync-wave') ?? 0);
    assert.equal(at(job, '/metadata/annotations/argocd.argoproj.io~1hook'), 'Sync');
    assert.ok(wave(objectAt(base, 'system/externalsecret-orders-database')) < wave(job));
    assert.ok(wave(objectAt(base, 'orders/networkpolicy-orders-migrate')) < wave(job));
    assert.ok(wave(job) < wave(objectAt(base, 'orders/deployment-orders')));
    assert.equal(at(job, '/spec/activeDeadlineSeconds'), 900);
    assert.equal(at(job, '/spec/template/spec/containers/0/livenessProbe'), undefined);
  });

  it('run by the clock one at a time, in UTC', () => {
    const job = objectAt(base, 'orders/cronjob-orders-prune');
    assert.equal(at(job, '/spec/schedule'), '0 3 * * *');
    assert.equal(at(job, '/spec/timeZone'), 'Etc/UTC');
    assert.equal(at(job, '/spec/concurrencyPolicy'), 'Forbid');
    assert.deepEqual(at(job, '/spec/jobTemplate/spec/template/spec/containers/0/command'), ['node', 'prune.js']);
  });

  it('carry nothing of Argo CD where it is not wanted', () => {
    const wanted = { ...base.system.targets, wanted: ['kubernetes'] as const };
    const model = goodModel({ system: { ...base.system, targets: wanted } });
    for (const { artifact } of objectsOf(model)) assert.doesNotMatch(artifact.text, /argoproj/);
  });
});

describe('kubernetes :: backups', (it) => {
  const claimed = (changes: Parameters<typeof goodDatastore>[1]): boolean =>
    emitter
      .emit(goodModel({ datastores: [goodDatastore('orders', changes)] }))
      .some(({ claims }) => claims.some(({ control }) => control === 'data/backup'));
  const { backup } = goodDatastore('orders');

  it('run on schedule with a deadline longer than a backup takes', () => {
    const job = objectAt(base, 'backup-orders/cronjob-backup-orders');
    assert.equal(at(job, '/spec/schedule'), '17 * * * *');
    assert.ok(Number(at(job, '/spec/jobTemplate/spec/activeDeadlineSeconds')) > 600);
    assert.ok(claimed({}));
  });

  it('look names up as every other pod does', () => {
    const ndots = { options: [{ name: 'ndots', value: '2' }] };
    const job = objectAt(base, 'backup-orders/cronjob-backup-orders');
    assert.deepEqual(at(job, '/spec/jobTemplate/spec/template/spec/dnsConfig'), ndots);
    assert.deepEqual(at(deployment(), `${POD}/dnsConfig`), ndots);
  });

  it('are not claimed where nothing could make one', () => {
    assert.ok(backup !== undefined);
    assert.equal(claimed({ backup: undefined }), false);
    assert.equal(claimed({ backup: { ...backup, image: undefined } }), false);
    assert.equal(claimed({ backup: { ...backup, destination: undefined } }), false);
    assert.equal(claimed({ backup: { ...backup, method: 'managed' } }), false);
    assert.equal(claimed({ credentials: undefined }), false);
    assert.equal(claimed({ engine: 'mosquitto' }), false);
    assert.equal(claimed({ placement: 'embedded' }), false);
    assert.equal(claimed({ engine: 'qdrant', replicas: 3 }), false);
    assert.equal(claimed({ engine: 'qdrant', replicas: 1 }), true);
  });

  it('do not claim to encrypt a directory', () => {
    assert.ok(backup !== undefined);
    const destination = { origin: testOrigin, kind: 'filesystem' as const, location: '/backups' };
    const model = goodModel({ datastores: [goodDatastore('orders', { backup: { ...backup, destination } })] });
    const claim = emitter
      .emit(model)
      .flatMap(({ claims }) => claims)
      .find(({ control }) => control === 'data/backup');
    assert.equal(claim?.parameters['encryption'], 'none');
    assert.equal(claim?.parameters['volumeClaim'], 'orders-backups');
  });
});
