/**
 * The list that `monitoring.alertWithin` is checked against holds exactly the alerts that wake somebody, with the `for` that they have.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { formatPrometheusDuration, parseDuration } from '../../../schemas/units/index.ts';
import { detectionOf, pagesOf } from '../../derive/observability/pages.ts';
import type { Model } from '../../resolve/model/index.ts';
import { loadSources } from '../../source/load-sources.ts';
import { diskHost } from '../../source/source-host.ts';
import { compileText } from '../../testing/compile-text.ts';
import { observedModel } from '../../testing/observed-model.ts';
import { plainRules } from '../../testing/run-promtool.ts';
import { describe } from '../../testing/suite.ts';
import { emitter } from './emitter.ts';
import type { AlertingRule, RecordingRule } from './rule.ts';

const SPEC = join(import.meta.dirname, '..', '..', '..', 'spec');

function modelsOf(system: string): readonly Model[] {
  const files = loadSources(diskHost, join(SPEC, system)).value ?? [];
  const text = files.map(({ path }) => readFileSync(path, 'utf8')).join('\n---\n');
  return compileText(text).models;
}

function criticalRules(model: Model): readonly AlertingRule[] {
  const files: readonly {
    readonly groups: readonly { readonly rules: readonly (AlertingRule | RecordingRule)[] }[];
  }[] = plainRules(emitter.emit(model)).map(({ text }) => parse(text));
  return files
    .flatMap(({ groups }) => groups.flatMap(({ rules }) => rules))
    .flatMap((rule) => ('alert' in rule && rule.labels['severity'] === 'critical' ? [rule] : []));
}

const models: readonly (readonly [string, Model])[] = [
  ['everything that is measured', observedModel()],
  ...['intent-engine', 'jamey', 'sentientiq', 'sentinel', 'sim-corp'].flatMap((system) =>
    modelsOf(system).map((model) => [`${system} ${model.environment.name}`, model] as const),
  ),
];

describe('pages', (it) => {
  for (const [name, model] of models) {
    it(`are all known with their \`for\` :: ${name}`, () => {
      const emitted = criticalRules(model).map((rule) => `${rule.alert} for ${rule.for ?? '0s'}`);
      const known = pagesOf(model).map((page) => {
        const wait = page.for === 0 ? '0s' : formatPrometheusDuration(page.for);
        return `${page.alert} for ${wait}`;
      });
      assert.deepEqual(known.sort(), emitted.sort());
    });
  }

  it('come within the five minutes that sim-corp promises', () => {
    const production = modelsOf('sim-corp').filter(({ environment }) => environment.stage === 'production');
    assert.equal(production.length, 1);
    for (const model of production) {
      assert.equal(pagesOf(model).length > 20, true);
      for (const page of pagesOf(model)) assert.ok(detectionOf(model, page).total <= 300_000, page.alert);
    }
  });

  it('are timed by hand :: 30s scrape + 51.84s of a total outage + 30s evaluation + 1m + 30s group', () => {
    const model = observedModel();
    const [page] = pagesOf(model).filter(
      ({ alert, subject }) => alert === 'ErrorBudgetBurn' && /availability$/.test(subject),
    );
    assert.ok(page);
    const within = parseDuration('201840ms');
    assert.deepEqual(detectionOf(model, page).total, within.ok && within.value);
  });
});
