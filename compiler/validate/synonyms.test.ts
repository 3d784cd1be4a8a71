import assert from 'node:assert/strict';
import { SPEC_SCHEMAS, specFieldsOf } from '../../schemas/spec/spec-fields.ts';
import { describe } from '../testing/suite.ts';
import { FIELD_SYNONYMS, fieldSynonymOf } from './synonyms.ts';

describe('fieldSynonymOf', (it) => {
  it('offers fields that exist', () => {
    const known = new Set(
      Object.keys(SPEC_SCHEMAS)
        .flatMap(specFieldsOf)
        .flatMap((path) => path.split('.')),
    );
    for (const name of Object.keys(FIELD_SYNONYMS)) assert.ok(known.has(name), name);
  });

  it('knows a word however it is written, and offers nothing that may not stand there', () => {
    assert.equal(fieldSynonymOf('max_connections', ['maxConcurrent']), 'maxConcurrent');
    assert.equal(fieldSynonymOf('Max-Conn', ['maxConcurrent']), 'maxConcurrent');
    assert.equal(fieldSynonymOf('maxConnections', ['pool']), undefined);
  });
});
