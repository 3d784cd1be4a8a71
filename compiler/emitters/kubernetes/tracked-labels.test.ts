/**
 * Argo CD up to 2.14 writes the name of its application over `app.kubernetes.io/instance` of every object that it applies. All selectors
 * must find then what they found before.
 */
import assert from 'node:assert/strict';
import { at, clusterModel, emitted } from '../../testing/cluster-spec.ts';
import { describe } from '../../testing/suite.ts';

type Labels = Readonly<Record<string, unknown>>;

interface Selector {
  readonly by: string;
  readonly selects: 'objects' | 'pods';
  readonly labels: Labels;
}

const isLabels = (value: unknown): value is Labels => typeof value === 'object' && value !== null;

const INSTANCE = 'app.kubernetes.io/instance';
const JOBS = `scale: { min: 2, max: 4 }
jobs: [{ name: nightly, schedule: "0 3 * * *", command: [report] }, { name: migrate, command: [migrate] }]`;

const objects = [...emitted(clusterModel({ api: JOBS }))].flatMap(([path, object]) =>
  path.startsWith('kubernetes/') ? [object] : [],
);

/** As Argo CD applies it: the label of the object itself is replaced, those of pods inside it are not. */
const tracked = (labels: Labels): Labels => ({ ...labels, [INSTANCE]: 'shop-production' });

const services = objects.flatMap((object) => {
  const labels = at(object, '/metadata/labels');
  return at(object, '/kind') === 'Service' && isLabels(labels) ? [labels] : [];
});
const pods = objects.flatMap((object) =>
  [at(object, '/spec/template/metadata/labels'), at(object, '/spec/jobTemplate/spec/template/metadata/labels')].filter(
    isLabels,
  ),
);

const selectors = objects.flatMap((object): Selector[] => {
  const kind = String(at(object, '/kind'));
  const by = `${kind} ${String(at(object, '/metadata/name'))}`;
  const places: readonly [Selector['selects'], string][] = [
    [kind === 'ServiceMonitor' ? 'objects' : 'pods', '/spec/selector/matchLabels'],
    ['pods', kind === 'Service' ? '/spec/selector' : '/none'],
    ['pods', '/spec/podSelector/matchLabels'],
  ];
  return places.flatMap(([selects, pointer]) => {
    const labels = at(object, pointer);
    return isLabels(labels) ? [{ by, selects, labels }] : [];
  });
});

const matches = (selector: Labels, labels: Labels): boolean =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

describe('kubernetes :: labels that Argo CD claims', (it) => {
  it('are no part of a selector of objects, so that each finds the same one before and after', () => {
    const monitors = selectors.filter(({ selects }) => selects === 'objects');
    assert.deepEqual(monitors.map(({ by }) => by).sort(), ['ServiceMonitor api', 'ServiceMonitor gateway']);
    for (const { by, labels } of monitors) {
      assert.equal(services.filter((service) => matches(labels, service)).length, 1, by);
      assert.equal(services.filter((service) => matches(labels, tracked(service))).length, 1, by);
    }
  });

  it('stay on pods, which are selected by exactly one workload each', () => {
    const byPods = selectors.filter(({ selects }) => selects === 'pods');
    assert.ok(byPods.length >= 10);
    for (const { by, labels } of byPods) assert.equal(pods.filter((pod) => matches(labels, pod)).length, 1, by);
  });
});
