/** A cdk8s application that takes systems in, beside charts of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiObject, App, Chart } from 'cdk8s';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { describe } from '../testing/suite.ts';
import { SeaworthySystem } from './index.ts';

const ROOT = join(import.meta.dirname, '../..');
const SPEC = join(ROOT, 'spec');
const TODAY = '2026-11-21';

/** All objects of the files that `synth` writes, in their order. */
function synth(build: (app: App) => void): readonly Manifest[] {
  const outdir = mkdtempSync(join(tmpdir(), 'seaworthy-cdk8s-'));
  try {
    const app = new App({ outdir });
    build(app);
    app.synth();
    return readdirSync(outdir)
      .sort()
      .flatMap((name) => parseAllDocuments(readFileSync(join(outdir, name), 'utf8')).map((found) => found.toJS()));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
}

/** What `compile` has written. */
function compiled(system: string, environment: string): readonly Manifest[] {
  const folder = join(ROOT, 'generated', system, environment, 'kubernetes');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')));
}

const keyOf = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;
const byKey = (objects: readonly Manifest[]): Readonly<Record<string, Manifest>> =>
  Object.fromEntries(objects.map((object) => [keyOf(object), object]));

function wrong(props: { readonly spec: string; readonly environment: string; readonly system?: string }): string {
  try {
    new SeaworthySystem(new App({ outdir: 'none' }), 'wrong', { ...props, today: TODAY });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'nothing was thrown';
}

describe('SeaworthySystem', (it) => {
  for (const [system, environment] of [
    ['sim-corp', 'production'],
    ['sentinel', 'production'],
  ] as const) {
    it(`synthesises the objects of compile :: ${system}/${environment}`, () => {
      const objects = synth((app) => {
        new SeaworthySystem(app, 'taken', { spec: SPEC, system, environment, today: TODAY });
      });
      const expected = compiled(system, environment);
      assert.ok(expected.length > 10);
      assert.equal(objects.length, expected.length, 'each once');
      assert.equal(byKey(objects), byKey(expected));
    });
  }

  it('stands beside charts of its user, which may come before or after it', () => {
    const build = (after: boolean) => (app: App) => {
      const system = new SeaworthySystem(app, 'sim', { spec: SPEC, system: 'sim-corp', environment: 'staging' });
      const own = new Chart(app, 'own', { namespace: system.namespace, disableResourceNameHashes: true });
      new ApiObject(own, 'extra', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'extra' } });
      if (after) own.addDependency(...system.charts);
      else for (const chart of system.charts) chart.addDependency(own);
    };
    const last = synth(build(true));
    const first = synth(build(false));
    assert.is(last.at(-1)?.metadata.name, 'extra');
    assert.is(first[0]?.metadata.name, 'extra');
    assert.is(last.at(-1)?.metadata.namespace, last.find(({ kind }) => kind === 'Deployment')?.metadata.namespace);
  });

  it('is applied in the order of the compiler :: the namespace first, workloads last', () => {
    const kinds = synth((app) => {
      new SeaworthySystem(app, 'sim', { spec: SPEC, system: 'sim-corp', environment: 'staging' });
    }).map(({ kind }) => kind);
    assert.is(kinds[0], 'Namespace');
    const at = (kind: string) => kinds.indexOf(kind);
    assert.ok(at('ServiceAccount') < at('NetworkPolicy') && at('NetworkPolicy') < at('Service'));
    assert.ok(kinds.lastIndexOf('Service') < at('Deployment'));
  });

  it('says what is wrong with the spec, and which environments there are', () => {
    assert.match(wrong({ spec: SPEC, system: 'sim-corp', environment: 'moon' }), /no environment `moon`: .*staging/);
    assert.match(wrong({ spec: SPEC, environment: 'production' }), /several systems with `production`: .*`sim-corp`/);
    assert.match(wrong({ spec: 'nowhere', environment: 'production' }), /nowhere/);
    const invalid = join(ROOT, 'compiler/checks/data/has-backup');
    assert.match(wrong({ spec: invalid, environment: 'production' }), /error SW-405/);
  });
});
