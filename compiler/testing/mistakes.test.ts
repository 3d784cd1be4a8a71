/**
 * The mistakes that people make when they write a spec, each with the place, what was expected and the fix.
 */
import assert from 'node:assert/strict';
import { analyse } from '../pipeline.ts';
import { BASE } from './mistakes/base-spec.ts';
import { FIELD_MISTAKES } from './mistakes/field-mistakes.ts';
import { MEANING_MISTAKES } from './mistakes/meaning-mistakes.ts';
import { assertMistake } from './mistakes/mistake.ts';
import { TEXT_MISTAKES } from './mistakes/text-mistakes.ts';
import { VALUE_MISTAKES } from './mistakes/value-mistakes.ts';
import { WORD_MISTAKES } from './mistakes/word-mistakes.ts';
import { YAML_MISTAKES } from './mistakes/yaml-mistakes.ts';
import { describe } from './suite.ts';

const TABLES = {
  yaml: YAML_MISTAKES,
  fields: FIELD_MISTAKES,
  values: VALUE_MISTAKES,
  texts: TEXT_MISTAKES,
  words: WORD_MISTAKES,
  meaning: MEANING_MISTAKES,
};

describe('mistakes', (it) => {
  it('begin from a spec without any', () => {
    const sources = { value: [{ path: 'spec/shop.yaml', bytes: new TextEncoder().encode(BASE) }], diagnostics: [] };
    assert.deepEqual(analyse(sources, { specRoot: 'spec', today: '2026-11-27' }).diagnostics, []);
  });
});

for (const [table, mistakes] of Object.entries(TABLES))
  describe(`mistakes :: ${table}`, (it) => {
    for (const mistake of mistakes) it(mistake.title, () => assertMistake(mistake));
  });
