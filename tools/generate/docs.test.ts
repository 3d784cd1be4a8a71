import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { fillLists, formatTable } from './docs.ts';

const LISTS = { pets: '- cat' };

describe('fillLists', (it) => {
  const filled = 'a\n<!-- list:pets -->\n\n- cat\n\n<!-- /list -->\nb';
  it('fills an empty list and replaces a stale one', () => {
    assert.is(fillLists('a\n<!-- list:pets -->\n<!-- /list -->\nb', LISTS), filled);
    assert.is(fillLists(filled.replace('cat', 'dog'), LISTS), filled);
  });
  it('changes nothing the second time', () => assert.is(fillLists(filled, LISTS), filled));
  it('fills each of several lists', () => {
    assert.is(fillLists(`${filled}\n${filled}`, LISTS), `${filled}\n${filled}`);
  });
  it('refuses a name that no list has', () => {
    assert.throws(() => fillLists('<!-- list:pet -->\n<!-- /list -->', LISTS), "no list is called 'pet'");
  });
});

describe('formatTable', (it) => {
  it('escapes what would end a cell', () => {
    assert.is(formatTable(['a', 'b'], [['x|y', 'z']]), '| a | b |\n| --- | --- |\n| x\\|y | z |');
  });
});
