import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { describe } from '../testing/suite.ts';
import type { Diagnostic, SourceSpan } from './diagnostic.ts';
import { renderHuman } from './render-human.ts';

const TEXT = `apiVersion: v1
spec:
  prot: 4001
\ttabbed: x
  name: 名前です bad
  long: ${'word '.repeat(40)}HERE ${'word '.repeat(40)}
  evil: \u{1b}[31mred\u{202e}
  block: |
    one
    two
    three
  crlf: x\r
`;

/** The span of the first occurrence of a text. */
function spanOf(marked: string, file = 'spec/a.yaml'): SourceSpan {
  const at = TEXT.indexOf(marked);
  const place = (offset: number) => {
    const lines = TEXT.slice(0, offset).split('\n');
    return [lines.length, (lines.at(-1)?.length ?? 0) + 1] as const;
  };
  const [line, column] = place(at);
  const [endLine, endColumn] = place(at + marked.length);
  return { file, line, column, endLine, endColumn };
}

const finding = (marked: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code: 'SW-900',
  severity: 'error',
  span: spanOf(marked),
  message: 'something is wrong',
  hint: 'Do something.',
  ...more,
});

const render = (diagnostics: readonly Diagnostic[], more = {}) =>
  renderHuman(diagnostics, { source: (file) => (file === 'spec/a.yaml' ? TEXT : undefined), ...more });

/** The lines between the heading and the hint of a single finding. */
const body = (diagnostic: Diagnostic, more = {}) =>
  render([diagnostic], more)
    .split('\n')
    .slice(1)
    .filter((line) => line.startsWith('  ') && !line.startsWith('  hint:'));

describe('render human', (it) => {
  it('shows place, source, marks, calculation, reason and advice', () => {
    const diagnostic = finding('prot', {
      message: 'unknown field `prot`',
      arithmetic: ['12 replicas x 8 connections = 96'],
      related: [{ span: spanOf('v1'), note: 'set here' }],
      check: 'a/b',
    });
    assert.equal(
      render([diagnostic], { why: () => 'It matters.' }),
      `spec/a.yaml:3:3  error SW-900  unknown field \`prot\` (a/b)
  3 |   prot: 4001
    |   ^^^^
  1 | apiVersion: v1
    |             -- set here
  = 12 replicas x 8 connections = 96
  why:  It matters.
  hint: Do something.

1 error in 1 file
`,
    );
  });

  it('gives a note one line and keeps notes together', () => {
    const note = finding('prot', { severity: 'info', message: 'left out' });
    const [first = '', second = '', gap, summary] = render([note, note], {}).split('\n');
    assert.match(first, /info SW-900 {2}left out$/);
    assert.equal(second, first);
    assert.deepEqual([gap, summary], ['', '2 notes in 1 file']);
  });

  it('explains a code once and counts at the end', () => {
    const text = render(
      [finding('prot'), finding('spec', { severity: 'warning' }), finding('v1', { code: 'SW-901' })],
      {
        why: (code: string) => `Why ${code}.`,
      },
    );
    assert.deepEqual(text.match(/Why SW-\d+/g), ['Why SW-900', 'Why SW-901']);
    assert.ok(text.endsWith('\n\n2 errors, 1 warning in 1 file\n'));
    assert.equal(render([]), 'no problems found\n');
  });

  it('puts marks under tabs and wide characters', () => {
    assert.deepEqual(body(finding('tabbed')), ['  4 |   tabbed: x', '    |   ^^^^^^']);
    assert.deepEqual(body(finding('前で')), ['  5 |   name: 名前です bad', '    |           ^^^^']);
    assert.deepEqual(body(finding('bad')), ['  5 |   name: 名前です bad', '    |                  ^^^']);
  });

  it('shows a long line around the mark', () => {
    const [source = '', marks = ''] = body(finding('HERE'), { width: 60 });
    assert.ok(source.length <= 60, source);
    assert.match(source, /^ {2}6 \| ….*HERE.*…$/);
    assert.equal(marks.indexOf('^'), source.indexOf('HERE'));
    assert.match(body(finding('long'), { width: 60 })[0] ?? '', /^ {2}6 \| {3}long: word .*…$/);
  });

  it('shows a span of many lines by its first and last', () => {
    assert.deepEqual(body(finding('|\n    one\n    two\n    three')), [
      '   8 |   block: |',
      '     |          ^',
      '   … |',
      '  11 |     three',
      '     |     ^^^^^',
    ]);
  });

  it('marks one character for an empty span, and none of a CR', () => {
    const { line, column } = spanOf('x\r');
    const span = { file: 'spec/a.yaml', line, column: column + 1, endLine: line, endColumn: column + 1 };
    assert.deepEqual(body(finding('x', { span })), ['  12 |   crlf: x', '     |          ^']);
  });

  it('never passes on what controls a terminal', () => {
    const text = render([
      finding('red', {
        message: 'bad \u{1b}]0;title\u{7}',
        hint: 'Do \u{9b}31m.',
        span: { ...spanOf('red'), file: 'spec/a.yaml' },
      }),
      finding('red', {
        span: { ...spanOf('red'), file: 'x\u{1b}[2J.yaml' },
        related: [{ span: spanOf('red', 'y\u{7}'), note: 'n\u{8}' }],
      }),
    ]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is the claim.
    assert.doesNotMatch(text, /[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    assert.match(text, /7 \| {3}evil: <U\+001B>\[31mred<U\+202E>/);
  });

  it('does without a source or a place', () => {
    const { span: _, ...placeless } = finding('prot');
    assert.equal(render([placeless]), 'error SW-900  something is wrong\n  hint: Do something.\n\n1 error\n');
    assert.deepEqual(body(finding('prot', { span: spanOf('prot', 'gone.yaml') })), []);
  });

  it('wraps at the width', () => {
    const text = render([finding('prot', { message: 'word '.repeat(50).trim(), hint: 'Word '.repeat(50).trim() })], {
      width: 72,
    });
    for (const line of text.split('\n')) assert.ok(line.length <= 72, line);
  });

  it('colours only when asked, and without changing the text', () => {
    const diagnostics = [finding('prot', { related: [{ span: spanOf('v1'), note: 'set here' }] })];
    const coloured = render(diagnostics, { colour: true });
    assert.ok(coloured.includes('\u{1b}[1;31merror SW-900\u{1b}[0m'));
    assert.equal(stripVTControlCharacters(coloured), render(diagnostics));
  });
});
