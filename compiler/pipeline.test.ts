import assert from 'node:assert/strict';
import { type CompileOptions, compile } from './pipeline.ts';
import { starterSpec } from './starter-spec.ts';
import { describe } from './testing/suite.ts';

describe('compile', (it) => {
  it('makes every file of every environment, an index among them', async () => {
    const { environments, hasError } = await run(spec('shop'));
    assert.equal(hasError, false);
    assert.deepEqual(names(environments), ['shop/production', 'shop/staging']);
    for (const { files } of environments) {
      assert.ok(files.has('index.json'));
      assert.ok(files.has('runtime/policy.json'));
    }
  });

  it('gives the same bytes from another folder and for shuffled files', async () => {
    const plain = await run(spec('shop'));
    const moved = await run(spec('shop', '/somewhere/else').reverse(), { specRoot: '/somewhere/else' });
    assert.deepEqual(
      moved.environments.map(({ files }) => [...files]),
      plain.environments.map(({ files }) => [...files]),
    );
  });

  it('does not change with comments and the order of keys', async () => {
    const plain = await run(spec('shop'));
    const texts = starterSpec('shop');
    const other = Object.entries(texts).map(([path, text]) =>
      file(
        `spec/shop/${path}`,
        `# a comment\n\n${text.replace(/metadata:\n {2}name: (\w+)\n {2}system: (\w+)/, 'metadata:\n  system: $2\n  name: $1')}`,
      ),
    );
    const changed = await run(other);
    assert.deepEqual(
      changed.environments.map(({ files }) => files.get('index.json')),
      plain.environments.map(({ files }) => files.get('index.json')),
    );
  });

  it('says in the index where each part comes from, without lines', async () => {
    const { environments } = await run(spec('shop'));
    const index = environments[1]?.files.get('index.json') ?? '';
    assert.match(
      index,
      /"override:staging shop\/environments\/staging\.yaml#\/spec\/services\/api\/scale\/\w+ <- shop\/services\/api\.yaml#\/spec\/scale/,
    );
    assert.match(index, /"default:[a-z-]+"/);
    assert.doesNotMatch(index, /yaml:\d/);
  });

  it('reports all findings of all files once, and emits nothing', async () => {
    const other = 'apiVersion: seaworthy.dev/v1alpha1\nkind: Service\nmetadata: { name: more, system: nowhere }\n';
    const broken = [
      ...spec('shop').map(({ path, bytes }) =>
        file(path, new TextDecoder().decode(bytes).replace('port: 3000', 'port: 70000')),
      ),
      file('spec/shop/more.yaml', `${other}spec: { port: 1 }\n`),
    ];
    const { diagnostics, environments } = await run(broken);
    const places = diagnostics.filter(({ severity }) => severity === 'error').map(({ span }) => span?.file);
    // The gateway calls the withheld service, and staging resizes it: neither is a mistake of theirs.
    assert.deepEqual([...new Set(places)], ['spec/shop/more.yaml', 'spec/shop/services/api.yaml']);
    assert.deepEqual(environments, []);
    const texts = diagnostics.map((diagnostic) => JSON.stringify(diagnostic));
    assert.equal(new Set(texts).size, texts.length);
  });

  it('looks only at the chosen system and environment', async () => {
    const both = [
      ...spec('shop'),
      ...spec('stall').map(({ path }) => file(path, 'apiVersion: x\nkind: Service\nmetadata: { system: stall }\n')),
    ];
    const { environments, hasError } = await run(both, { system: 'shop', environment: 'staging' });
    assert.equal(hasError, false);
    assert.deepEqual(names(environments), ['shop/staging']);
  });

  it('tells how far it is', async () => {
    const seen: unknown[] = [];
    await run(spec('shop'), { onEnvironment: (...progress) => seen.push(progress) });
    assert.deepEqual(seen, [
      [0, 2, 'shop/production'],
      [1, 2, 'shop/staging'],
    ]);
  });
});

const file = (path: string, text: string) => ({ path, bytes: new TextEncoder().encode(text) });

const spec = (system: string, root = 'spec') =>
  Object.entries(starterSpec(system)).map(([path, text]) => file(`${root}/${system}/${path}`, text));

const run = (files: readonly ReturnType<typeof file>[], options: Partial<CompileOptions> = {}) =>
  compile({ value: files, diagnostics: [] }, { specRoot: 'spec', today: '2027-01-01', ...options });

const names = (environments: readonly { readonly system: string; readonly environment: string }[]) =>
  environments.map(({ system, environment }) => `${system}/${environment}`);
