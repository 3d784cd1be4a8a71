/** Follows "Add an emitter" in CONTRIBUTING.md to the letter, on a copy of the compiler, and compiles with it. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';
import { blocksOf } from './code-blocks.ts';

const COMPILE = `
import { readFileSync } from 'node:fs';
import { compileDocuments, documentsOf } from './compiler/testing/field-changes.ts';
const documents = documentsOf(readFileSync('compiler/testing/every-field.yaml', 'utf8'));
for (const document of documents as any[]) document.spec?.targets?.wanted?.push('runbooks');
const { environments } = await compileDocuments(documents);
const files = environments[0]?.files;
const said = JSON.parse(files?.get('index.json') ?? '').files['runbooks/owners.yaml'];
console.log(JSON.stringify({ text: files?.get('runbooks/owners.yaml'), origins: Object.keys(said?.origins ?? {}) }));
`;

describe('CONTRIBUTING: add an emitter', (it) => {
  it('is one file and one line', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'seaworthy-emitter-'));
    try {
      for (const name of ['compiler', 'schemas', 'package.json', 'tsconfig.json'])
        await cp(join(ROOT, name), join(copy, name), { recursive: true });
      for (const name of ['node_modules', 'runtime']) await symlink(join(ROOT, name), join(copy, name));
      const blocks = blocksOf(await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8'), 'Add an emitter');
      assert.equal(blocks.length, 2);
      const folder = join(copy, 'compiler/emitters');
      await mkdir(join(folder, 'owners'));
      await writeFile(join(folder, 'owners/emitter.ts'), blocks[0]?.code ?? '');
      const registry = await readFile(join(folder, 'registry.ts'), 'utf8');
      await writeFile(join(folder, 'registry.ts'), registry.replace(/\n\];\n$/, `\n${blocks[1]?.code}];\n`));
      await writeFile(join(copy, 'compile.ts'), COMPILE);
      const { stdout } = await execa(process.execPath, ['--import', 'tsx', 'compile.ts'], { cwd: copy });
      const { text, origins } = JSON.parse(stdout);
      assert.match(text, /^owners:\n {2}- name: /);
      assert.ok(origins.includes('/owners/0/owner') && origins.includes('/owners/0/tier'), origins.join(', '));
    } finally {
      await rm(copy, { recursive: true });
    }
  });
});
