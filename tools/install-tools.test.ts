import * as assert from 'uvu/assert';
import { describe } from '../compiler/testing/suite.ts';
import { neededTools, toolsNamedIn } from './install-tools.ts';
import { ROOT } from './root.ts';
import { findTestFiles } from './test-runner/find-files.ts';

// Built, not written: a literal call in this file would be taken for a need.
const call = (tool: string): string => `requireTool${`('${tool}')`}`;

describe('toolsNamedIn', (it) => {
  it('finds each tool that is asked for, once, in the order of the table', () => {
    assert.equal(toolsNamedIn(`const a = ${call('nginx')}; run(${call('promtool')});\n${call('nginx')};`), [
      'promtool',
      'nginx',
    ]);
  });
  it('finds one that is asked for in a version', () => {
    assert.equal(toolsNamedIn(`requireVersion${`('curl', '7.88', '--version')`}`), ['curl']);
  });
  it('takes neither a comment, nor a text, nor another function for a need', () => {
    for (const text of [` * ${call('nginx')}`, `  // ${call('nginx')}`, `'${call('nginx')}'`, `my${call('nginx')}`]) {
      assert.equal(toolsNamedIn(text), [], text);
    }
  });
  it('ignores a tool that the table does not know', () => assert.equal(toolsNamedIn(call('vim')), []));
});

describe('neededTools', (it) => {
  it('is asked for nothing by the tests of the tools themselves', () => {
    const own = findTestFiles(ROOT, ['tools/install-tools', 'compiler/testing/real-tools']);
    assert.is(own.length, 2);
    assert.equal(neededTools(own), []);
  });
});
