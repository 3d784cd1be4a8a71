/**
 * Dead code: knip finds files that nobody imports, exports that nobody reads, and dependencies that nobody uses or that are not declared.
 *
 * `knip.json` names the entries. It leaves out types, whose names are documentation even where one file reads them, and names the
 * two dependencies that are loaded by a path made at run time or are about to be used.
 */
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';

describe('dead code', (it) => {
  it('there is none', async () => {
    const args = ['node_modules/knip/bin/knip.js', '--no-progress', '--no-config-hints'];
    const { all } = await execa(process.execPath, args, { cwd: ROOT, all: true, reject: false });
    assert.is(all, '');
  });
});
