/** The registry of engines: complete, in the order of the spec's list, and in words that the rest of the schemas know. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '../../compiler/testing/suite.ts';
import { EXPORTERS } from '../exporters/index.ts';
import { ENGINES, type Engine, engineOf } from './index.ts';

const LIST: readonly Engine[] = ENGINES;
const FOLDER = import.meta.dirname;

describe('schemas/engines', (it) => {
  it('lists what the spec accepts, in its order', () => {
    const schema: { properties: { spec: { properties: { engine: { enum: string[] } } } } } = JSON.parse(
      readFileSync(join(FOLDER, '../spec/datastore.schema.json'), 'utf8'),
    );
    assert.deepEqual(
      LIST.map(({ name }) => name),
      schema.properties.spec.properties.engine.enum,
    );
  });

  it('has one file an engine, and lists every file', () => {
    const files = readdirSync(FOLDER).filter((file) => !/^(?:index|engine|engines\.test)\.ts$/.test(file));
    assert.deepEqual(files.sort(), LIST.map(({ name }) => `${name}.ts`).sort());
  });

  it('names only exporters that are known', () => {
    const known = new Set(EXPORTERS.map(({ name }) => name));
    for (const { name, exporter } of LIST) assert.ok(exporter === undefined || known.has(exporter), name);
  });

  it('gives no server facts to what does not listen', () => {
    for (const engine of LIST.filter(({ listens }) => !listens))
      assert.deepEqual(
        [engine.port, engine.schemes, engine.addressVariable, engine.health, engine.exporter],
        [undefined, undefined, undefined, undefined, undefined],
        engine.name,
      );
  });

  it('answers by name', () => {
    for (const { name } of ENGINES) assert.equal(engineOf(name).name, name);
  });
});
