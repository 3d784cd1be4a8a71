import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe } from '../testing/suite.ts';
import { findCode } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import { renderGithub } from './render-github.ts';
import { renderJson } from './render-json.ts';
import { renderSarif } from './render-sarif.ts';

const span = { file: 'spec/a b,c:d.yaml', line: 3, column: 5, endLine: 3, endColumn: 9 };
const full: Diagnostic = {
  code: 'SW-205',
  severity: 'error',
  span,
  message: '100% wrong\r\n::error::injected',
  hint: 'Do this.',
  arithmetic: ['1 + 1 = 2'],
  related: [{ span: { ...span, line: 11, endLine: 12 }, note: 'set here' }],
  fix: { span, text: 'that' },
  check: 'a/b',
};
const bare: Diagnostic = { code: 'SW-103', severity: 'info', message: 'nothing', hint: 'Add a file.' };

describe('render json', (it) => {
  const schema = JSON.parse(readFileSync(new URL('../../schemas/diagnostic.schema.json', import.meta.url), 'utf8'));
  const ajv = new Ajv2020({ allErrors: true, strict: true });
  const check = ajv.compile(schema);
  const isValid = (data: unknown): boolean => check(data) === true;

  it('fits its schema and loses nothing', () => {
    const report = JSON.parse(renderJson([full, bare]));
    assert.ok(isValid(report), JSON.stringify(check.errors));
    const why = (code: string) => findCode(code)?.why;
    assert.deepEqual(report.diagnostics, [
      { ...full, why: why('SW-205') },
      { ...bare, why: why('SW-103') },
    ]);
    assert.deepEqual(report.summary, { errors: 1, warnings: 0, infos: 1 });
  });

  it('has a closed schema', () => {
    const report = JSON.parse(renderJson([full]));
    assert.ok(!isValid({ ...report, more: 1 }));
    assert.ok(!isValid({ ...report, diagnostics: [{ ...full, more: 1 }] }));
    assert.ok(!isValid({ ...report, diagnostics: [{ ...full, span: { ...span, line: 0 } }] }));
  });
});

describe('render github', (it) => {
  it('escapes data and properties', () => {
    const [line, rest] = renderGithub([full]).split('\n');
    assert.equal(
      line,
      '::error file=spec/a b%2Cc%3Ad.yaml,line=3,endLine=3,col=5,endColumn=8,title=SW-205::' +
        '100%25 wrong%0D%0A::error::injected%0A= 1 + 1 = 2%0Aspec/a b,c:d.yaml:11:5: set here%0ADo this.',
    );
    assert.equal(rest, '');
  });

  it('gives no columns for several lines and no place where there is none', () => {
    const wide = { ...full, severity: 'warning', span: { ...span, endLine: 5 } } as const;
    assert.match(renderGithub([wide]), /^::warning file=[^,]+,line=3,endLine=5,title=SW-205::/);
    assert.equal(renderGithub([bare]), '::notice title=SW-103::nothing%0AAdd a file.\n');
  });
});

describe('render sarif', (it) => {
  const log = JSON.parse(
    renderSarif([full, bare, full], { version: '1.2.3', helpUri: (code) => `https://seaworthy.dev/${code}` }),
  );
  const [run] = log.runs;

  it('has one rule a code, and results that point at it', () => {
    const { rules } = run.tool.driver;
    assert.deepEqual(
      rules.map(({ id }: { id: string }) => id),
      ['SW-103', 'SW-205'],
    );
    for (const result of run.results) assert.equal(rules[result.ruleIndex].id, result.ruleId);
    assert.equal(rules[1].helpUri, 'https://seaworthy.dev/SW-205');
    assert.equal(rules[1].shortDescription.text, 'A field is not known.');
    assert.equal(rules[0].defaultConfiguration.level, 'error');
  });

  it('places results by region and encoded address', () => {
    assert.deepEqual(run.results[0].locations, [
      {
        physicalLocation: {
          artifactLocation: { uri: 'spec/a%20b%2Cc%3Ad.yaml', uriBaseId: '%SRCROOT%' },
          region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
        },
      },
    ]);
    assert.equal(run.results[0].relatedLocations[0].message.text, 'set here');
    assert.equal(run.results[1].locations, undefined);
    assert.deepEqual(
      run.results.map(({ level }: { level: string }) => level),
      ['error', 'note', 'error'],
    );
  });

  it('offers the edit of a finding', () => {
    assert.deepEqual(run.results[0].fixes, [
      {
        description: { text: 'Do this.' },
        artifactChanges: [
          {
            artifactLocation: { uri: 'spec/a%20b%2Cc%3Ad.yaml', uriBaseId: '%SRCROOT%' },
            replacements: [
              {
                deletedRegion: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
                insertedContent: { text: 'that' },
              },
            ],
          },
        ],
      },
    ]);
    assert.equal(run.results[1].fixes, undefined);
  });

  it('knows a finding again on another line, and tells equal ones apart', () => {
    const hashOf = (diagnostic: Diagnostic, index = 0): string =>
      JSON.parse(
        renderSarif(
          Array.from({ length: index + 1 }, () => diagnostic),
          { version: '1.2.3' },
        ),
      ).runs[0].results[index].partialFingerprints.primaryLocationLineHash;
    assert.match(hashOf(full), /^[0-9a-f]{16}:1$/);
    assert.equal(hashOf({ ...full, span: { ...span, line: 99, endLine: 99 } }), hashOf(full));
    assert.notEqual(hashOf({ ...full, message: 'other' }), hashOf(full));
    assert.equal(hashOf(full, 1), hashOf(full).replace(/1$/, '2'));
  });

  it('a file outside of the project is absolute :: no address climbs out of the root', () => {
    const outside = { ...full, span: { ...span, file: '../../x/a.yaml' }, related: [], fix: { span, text: '' } };
    const resolve = (path: string) => path.replace('../..', '/home');
    const [result] = JSON.parse(renderSarif([outside], { version: '1.2.3', resolve })).runs[0].results;
    assert.deepEqual(result.locations[0].physicalLocation.artifactLocation, { uri: 'file:///home/x/a.yaml' });
    assert.ok(run.originalUriBaseIds['%SRCROOT%'] !== undefined);
    assert.equal(run.automationDetails.id, 'seaworthy/');
  });

  it('has the required parts of SARIF 2.1.0', () => {
    assert.equal(log.version, '2.1.0');
    assert.equal(run.tool.driver.name, 'seaworthy');
    assert.equal(run.tool.driver.semanticVersion, '1.2.3');
    assert.equal(run.columnKind, 'utf16CodeUnits');
    for (const result of run.results) assert.equal(typeof result.message.text, 'string');
  });
});
