/**
 * Closure: in every environment of Kubernetes of the five systems, the starter and two foreign ones, what a container needs is there, and
 * both policies let it through. The table of what stands open is empty.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { containerServices } from '../derive/kubernetes-scope.ts';
import { selfRunStores } from '../derive/self-run-stores.ts';
import { emitter } from '../emitters/kubernetes/emitter.ts';
import { analyse } from '../pipeline.ts';
import type { Model } from '../resolve/model/index.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import { starterSpec } from '../starter-spec.ts';
import { missingIn, unreachable, workloadsOf } from './closure.ts';
import { describe } from './suite.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOREIGN = join(import.meta.dirname, 'foreign');
const OPTIONS = { specRoot: 'spec', today: '2026-11-21' };

function modelsOf(files: readonly { readonly path: string; readonly bytes: Uint8Array }[]): readonly Model[] {
  const { models, diagnostics } = analyse({ value: files, diagnostics: [] }, OPTIONS);
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`),
    [],
  );
  return models.filter(({ system }) => system.targets.wanted.includes('kubernetes'));
}

const ownModels = modelsOf(loadSources(diskHost, join(ROOT, 'spec')).value ?? []);
const starterModels = modelsOf(
  Object.entries(starterSpec('shop')).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text) })),
);
const foreignModels = readdirSync(FOREIGN).flatMap((file) =>
  modelsOf([{ path: `spec/${file}`, bytes: readFileSync(join(FOREIGN, file)) }]),
);

// biome-ignore lint/suspicious/noExplicitAny: objects of many kinds, read as a cluster reads them.
const objectsOf = (model: Model): any[] => emitter.emit(model).map(({ text }) => parse(text));

/** Stores whose address only a secret holds are asked for by the model. */
function missingStores(model: Model, objects: readonly object[]): string[] {
  const workloads = workloadsOf(objects);
  return containerServices(model).flatMap(({ name, uses }) =>
    selfRunStores(model).flatMap((store) => {
      if (!uses.some(({ datastore }) => datastore === store.name)) return [];
      const pods = workloads.filter(({ labels }) => labels['app.kubernetes.io/name'] === name);
      return pods.flatMap((pod) => unreachable(objects, workloads, pod, store.name, store.port));
    }),
  );
}

const openEnds = (model: Model, objects: readonly object[]): string[] => [
  ...missingIn(objects),
  ...missingStores(model, objects),
];

describe('closure', (it) => {
  for (const model of [...ownModels, ...starterModels, ...foreignModels])
    it(`leaves nothing open in ${model.system.name}/${model.environment.name}`, () => {
      assert.deepEqual(openEnds(model, objectsOf(model)), []);
    });

  it('looks at every kind of end', () => {
    const [model] = foreignModels.filter(({ system }) => system.name === 'clinic');
    assert.ok(model !== undefined);
    const without = (change: (object: ReturnType<typeof objectsOf>[number]) => boolean): string[] =>
      openEnds(
        model,
        objectsOf(model).filter((object) => !change(object)),
      );
    const is = (kind: string, name: string) => (object: ReturnType<typeof objectsOf>[number]) =>
      object.kind === kind && object.metadata.name === name;
    assert.ok(without(is('NetworkPolicy', 'records')).includes('Deployment/booking: ingress of records:5432'));
    assert.ok(without(is('NetworkPolicy', 'booking')).includes('Deployment/booking: egress to records:5432'));
    assert.ok(without(is('NetworkPolicy', 'similar')).includes('Deployment/booking: ingress of similar:6333'));
    assert.ok(without(is('Service', 'similar')).includes('Deployment/booking: Service similar'));
    assert.ok(without(is('StatefulSet', 'devices')).includes('Deployment/booking: pods behind Service devices'));
    assert.ok(without(is('ServiceAccount', 'devices')).includes('StatefulSet/devices: account devices'));
    assert.ok(
      without((object) => object.kind === 'ConfigMap').some((line) =>
        line.startsWith('StatefulSet/devices: ConfigMap'),
      ),
    );
  });
});
