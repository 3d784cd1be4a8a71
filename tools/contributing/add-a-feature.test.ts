/** Follows "Add a feature of the runtime" in CONTRIBUTING.md to the letter, on a copy of the sources, and runs what came of it. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import * as assert from 'uvu/assert';
import { describe } from '../../compiler/testing/suite.ts';
import { ROOT } from '../root.ts';
import { blocksOf } from './code-blocks.ts';

const COPIED = [
  'schemas',
  'runtime',
  'compiler',
  'tools',
  'docs',
  'bench',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CONTRIBUTING.md',
  'ARCHITECTURE.md',
];

const TRY = `
import { testPolicy, testUpstream } from './runtime/testing/policy.ts';
import { startGateway, startUpstream } from './runtime/testing/servers.ts';
const ends: (() => Promise<unknown>)[] = [];
const later = (end: () => Promise<unknown>) => void ends.unshift(end);
const upstream = await startUpstream((_req, res) => res.end('ok'), later);
const policy = (change: object) => testPolicy({ upstreams: { main: testUpstream(upstream) }, ...change });
const heard: (string | null)[] = [];
for (const change of [{ region: 'eu-north-1' }, {}]) {
  const gateway = await startGateway(policy(change), later);
  heard.push((await fetch(gateway.url + '/v1/items')).headers.get('x-region'));
}
const refused = await startGateway(policy({ region: 'EU North' }), later).then(() => 'started', (error: Error) => error.message);
for (const end of ends) await end();
console.log(JSON.stringify({ heard, refused }));
`;

describe('CONTRIBUTING: add a feature of the runtime', (it) => {
  it('is one section, one folder and one line', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'seaworthy-feature-'));
    try {
      for (const name of COPIED) await cp(join(ROOT, name), join(copy, name), { recursive: true });
      for (const name of ['node_modules', 'generated', 'spec']) await symlink(join(ROOT, name), join(copy, name));
      const [section, ...files] = blocksOf(
        await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8'),
        'Add a feature of the runtime',
      );
      assert.ok(section !== undefined && files.length === 2);
      await edit(
        join(copy, 'schemas/runtime-policy.schema.json'),
        /"properties": \{/,
        `"properties": {\n${section.code},`,
      );
      for (const { path = '', code } of files) {
        await mkdir(dirname(join(copy, path)), { recursive: true });
        await writeFile(join(copy, path), code);
      }
      await edit(
        join(copy, 'runtime/features.ts'),
        /\nconst LIST = \{/,
        "\nimport { region } from './features/region/feature.ts';\nconst LIST = { region,",
      );
      await writeFile(join(copy, 'try.ts'), TRY);
      const run = (...args: string[]) => execa(process.execPath, ['--import', 'tsx', ...args], { cwd: copy });
      await run('tools/generate.ts');
      const { heard, refused } = JSON.parse((await run('try.ts')).stdout);
      assert.equal(heard, ['eu-north-1', null]);
      assert.match(refused, /region/);
    } finally {
      await rm(copy, { recursive: true });
    }
  });
});

/** Fails when the place that a step names is not there. */
async function edit(path: string, place: RegExp, text: string): Promise<void> {
  const before = await readFile(path, 'utf8');
  const after = before.replace(place, () => text);
  assert.not.equal(after, before);
  await writeFile(path, after);
}
