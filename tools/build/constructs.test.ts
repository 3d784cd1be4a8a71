/** The README's example of a cdk8s application, on the package as it is built. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { parseAllDocuments } from 'yaml';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';
import { buildConstructs } from './constructs.ts';

const EXAMPLE = /```js\n(import [^`]*'seaworthy\/cdk8s';\n[^`]*)```/;

describe('the README’s cdk8s application', (it) => {
  it('synthesises a system beside a chart of its own, which comes after it', async () => {
    const [, example = ''] = EXAMPLE.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
    assert.match(example, 'SeaworthySystem');
    // Inside the project, where its packages are found.
    mkdirSync(join(ROOT, '.seaworthy'), { recursive: true });
    const folder = mkdtempSync(join(ROOT, '.seaworthy/application-'));
    try {
      await buildConstructs(join(folder, 'package'));
      cpSync(join(ROOT, 'spec/sim-corp'), join(folder, 'spec'), { recursive: true });
      writeFileSync(join(folder, 'main.mjs'), example.replace('seaworthy/cdk8s', './package/cdk8s.mjs'));
      await execa(process.execPath, ['main.mjs'], { cwd: folder });
      const files = readdirSync(join(folder, 'dist')).sort();
      const kinds = files.map((name) =>
        parseAllDocuments(readFileSync(join(folder, 'dist', name), 'utf8')).map((document) => document.toJS().kind),
      );
      assert.equal(kinds.at(0), ['Namespace']);
      assert.ok(kinds.at(1)?.includes('Deployment'));
      assert.equal(kinds.at(2), ['ConfigMap']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
