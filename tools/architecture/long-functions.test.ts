/**
 * Long functions: nowhere one of more than 80 lines. The linter holds all folders to it but `runtime/`, which still has some; their
 * number may only fall. At none, `runtime/**` leaves the exceptions of `biome.json`, and this file goes.
 */
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';

const MOST = 2;
const RULE = 'complexity/noExcessiveLinesPerFunction';

describe('functions of more than 80 lines in runtime/', (it) => {
  it(`are ${MOST} at most`, async () => {
    const biome = ['node_modules/@biomejs/biome/bin/biome', 'lint', `--only=${RULE}`];
    const args = [...biome, '--max-diagnostics=none', '--reporter=json', 'runtime'];
    const { stdout } = await execa(process.execPath, args, { cwd: ROOT, reject: false });
    const { diagnostics }: { readonly diagnostics: readonly Diagnostic[] } = JSON.parse(stdout);
    const paths = diagnostics.map(({ location }) => location.path);
    assert.ok(paths.length > 0, 'the linter finds the long suites of tests');
    const long = paths.filter((path) => !path.endsWith('.test.ts'));
    assert.ok(long.length <= MOST, `${long.length}: ${long.join(', ')}`);
  });
});

interface Diagnostic {
  readonly location: { readonly path: string };
}
