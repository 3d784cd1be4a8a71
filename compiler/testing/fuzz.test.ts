/**
 * The whole pipeline under damage: the specs of the five systems with keys deleted, types swapped and scalars replaced, and with bytes
 * changed. Whatever comes in, the answer is findings that can be shown, or files that their targets take; never a crash.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderGithub } from '../diagnostics/render-github.ts';
import { renderHuman } from '../diagnostics/render-human.ts';
import { renderJson } from '../diagnostics/render-json.ts';
import { renderSarif } from '../diagnostics/render-sarif.ts';
import { analyse, compile } from '../pipeline.ts';
import { parseSource } from '../source/parse-source.ts';
import { describe } from './suite.ts';
import { damageAt, JUNK, placesIn } from './targets/damage.ts';
import { holdFiles } from './targets/hold-files.ts';

const SPEC = join(import.meta.dirname, '..', '..', 'spec');
const OPTIONS = { specRoot: 'spec', today: '2026-11-27' };

interface SpecFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const SYSTEMS: readonly (readonly SpecFile[])[] = readdirSync(SPEC, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) =>
    readdirSync(join(SPEC, name), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.yaml'))
      .sort()
      .map((file) => ({ path: `spec/${name}/${file}`, bytes: readFileSync(join(SPEC, name, file)) })),
  );

/** What every answer must be, whatever the question was. */
function assertShowable(diagnostics: readonly Diagnostic[], files: readonly SpecFile[]): void {
  const textOf = (path: string) => {
    const file = files.find((known) => known.path === path);
    return file && new TextDecoder().decode(file.bytes);
  };
  const report = renderHuman(diagnostics, { source: textOf });
  for (const text of [
    report,
    renderJson(diagnostics),
    renderGithub(diagnostics),
    renderSarif(diagnostics, { version: '0.0.0' }),
  ])
    assert.doesNotMatch(text, /\n\s+at .+\(.+:\d+:\d+\)|\[object Object\]|undefined is not|Cannot read propert/);
  for (const { span, message, hint } of diagnostics) {
    assert.ok(message.length > 0 && /[.?]$/.test(hint), `${message} | ${hint}`);
    if (span === undefined) continue;
    assert.ok(
      span.line >= 1 && span.column >= 1 && (span.endLine > span.line || span.endColumn >= span.column),
      message,
    );
  }
}

describe('the pipeline under damage', (it) => {
  it('answers any damaged document of the five systems with findings or with files that are taken', async () => {
    let compiled = 0;
    const damage = fc.record({
      seed: fc.nat(),
      action: fc.constantFrom('drop', 'replace', 'add', 'swap'),
      junk: fc.constantFrom(...JUNK),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(SYSTEMS.length - 1),
        fc.nat(),
        fc.array(damage, { minLength: 1, maxLength: 2 }),
        async (system, pick, damages) => {
          const files = [...(SYSTEMS[system] ?? [])];
          const index = pick % files.length;
          const file = files[index] ?? assert.fail();
          const values = (parseSource(file).value ?? []).map(({ value }) => structuredClone(value));
          for (const { seed, action, junk } of damages) damageAt(placesIn(values), seed, action, junk);
          files[index] = {
            path: file.path,
            bytes: new TextEncoder().encode(values.map((value) => JSON.stringify(value)).join('\n---\n')),
          };
          const outcome = await compile({ value: files, diagnostics: [] }, OPTIONS);
          assertShowable(outcome.diagnostics, files);
          for (const environment of outcome.environments) {
            compiled += 1;
            assert.deepEqual(holdFiles(environment.files), []);
          }
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(compiled > 0, 'some damage is harmless');
  });

  it('answers any changed bytes with findings', () => {
    const edit = fc.record({
      at: fc.nat(),
      cut: fc.nat(12),
      text: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom(...BITS)),
    });
    fc.assert(
      fc.property(
        fc.nat(SYSTEMS.length - 1),
        fc.nat(),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (system, pick, edits) => {
          const files = [...(SYSTEMS[system] ?? [])];
          const index = pick % files.length;
          const file = files[index] ?? assert.fail();
          let text = new TextDecoder().decode(file.bytes);
          for (const { at, cut, text: put } of edits) {
            const start = at % (text.length + 1);
            text = text.slice(0, start) + put + text.slice(start + cut);
          }
          files[index] = { path: file.path, bytes: new TextEncoder().encode(text) };
          assertShowable(analyse({ value: files, diagnostics: [] }, OPTIONS).diagnostics, files);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('answers any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const files = [{ path: 'spec/any.yaml', bytes }];
        const { diagnostics } = analyse({ value: files, diagnostics: [] }, OPTIONS);
        assert.ok(diagnostics.length > 0);
        assertShowable(diagnostics, files);
      }),
      { numRuns: 300 },
    );
  });
});

const BITS = [
  '\n',
  '\t',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '&a ',
  '*a',
  '<<: ',
  '| ',
  '# ',
  '---\n',
  '{{ x }}',
  '!!',
  '%',
  '@',
  '\u0000',
  '\ufeff',
  '\u2028',
  '\ud83d\ude00',
  '99999999999999999999',
  '0x',
  '.nan',
  '~',
  'x-a: ',
];
