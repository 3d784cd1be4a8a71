import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { dotted, hasParent, readPointer, replaceAt } from './json-pointer.ts';

const DOCUMENT = { a: [{ b: 1 }, { b: 2 }], 'c/d': { '~': 3 } };

describe('json pointer', (it) => {
  it('reads members, items and escaped names, and nothing that is inherited', () => {
    equal(readPointer(DOCUMENT, '/a/1/b'), 2);
    equal(readPointer(DOCUMENT, '/c~1d/~0'), 3);
    equal(readPointer(DOCUMENT, '/a/01/b'), undefined);
    equal(readPointer(DOCUMENT, '/a/length'), undefined);
    equal(readPointer(DOCUMENT, '/constructor'), undefined);
  });

  it('replaces in a copy', () => {
    const copy = replaceAt(DOCUMENT, '/a/0/b', 9);
    deepEqual(copy, { a: [{ b: 9 }, { b: 2 }], 'c/d': { '~': 3 } });
    equal(DOCUMENT.a[0]?.b, 1);
    deepEqual(replaceAt({ a: {} }, '/a/new', 1), { a: { new: 1 } });
  });

  it('knows whether a place could be :: its parent must exist, an item must itself', () => {
    ok(hasParent(DOCUMENT, '/a/0/b') && hasParent(DOCUMENT, '/a/0/new') && hasParent(DOCUMENT, '/a/1'));
    for (const pointer of ['/x/y', '/a/2', '/a/-', '/a/0/b/c', '/__proto__', '/a/0/__proto__']) {
      ok(!hasParent(DOCUMENT, pointer), pointer);
    }
    equal(dotted('/c~1d/e'), 'c/d.e');
  });
});
