import assert from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { defined } from './defined.ts';

describe('defined', (it) => {
  it('leaves out what is undefined, and nothing else', () => {
    const [hint, none]: (string | undefined)[] = ['x', undefined];
    const fields: { readonly hint?: string; readonly none?: string; readonly empty: null } = {
      ...defined({ hint, none }),
      empty: null,
    };
    assert.deepEqual(Object.entries(fields), [
      ['hint', 'x'],
      ['empty', null],
    ]);
    assert.deepEqual(Object.entries(defined({ zero: 0, text: '', no: false })).length, 3);
  });
});
