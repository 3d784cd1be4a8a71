/** Nothing that is declared is ignored silently: all kinds but services, which have files of their own for their number. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedFindings, changedTarget, compileDocuments, documentsOf, observe } from './testing/field-changes.ts';
import { everyFieldIsRead } from './testing/read-fields.ts';
import { describe } from './testing/suite.ts';

everyFieldIsRead(/./, /^Service\./);

describe('the test of fields', (it) => {
  const text = readFileSync(join(import.meta.dirname, 'testing', 'every-field.yaml'), 'utf8');
  it('begins with a spec that compiles', async () => {
    const { hasError, environments } = await compileDocuments(documentsOf(text));
    assert.equal(hasError, false);
    assert.equal(environments.length, 2);
  });
  it('sees no difference where prose changes', async () => {
    const [before, after] = [text, text.replace('Takes orders.', 'Takes all orders.')].map((one) =>
      observe(documentsOf(one)),
    );
    assert.ok(before && after);
    assert.deepEqual(changedFindings(before, after), []);
    assert.equal(await changedTarget(before, after), undefined);
  });
});
