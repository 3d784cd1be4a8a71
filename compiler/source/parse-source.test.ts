import assert from 'node:assert/strict';
import { describe } from '../testing/suite.ts';
import { parseSource } from './parse-source.ts';
import type { SourceDocument, SpecPath } from './source-document.ts';

const parse = (text: string) => parseSource({ path: 'a.yaml', bytes: Buffer.from(text) });

/** The findings of a text, each as `code line:column «marked text» message`. */
function findings(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ code, span, message }) => `${code} ${span && place(text, span)} ${message}`);
}

const place = (text: string, span: Parameters<typeof slice>[1]) => `${span.line}:${span.column} «${slice(text, span)}»`;

function slice(text: string, span: { line: number; column: number; endLine: number; endColumn: number }): string {
  const lines = text.split('\n');
  const offset = (line: number, column: number) =>
    lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
  return text.slice(offset(span.line, span.column), offset(span.endLine, span.endColumn));
}

const values = (text: string) => parse(text).value?.map(({ value }) => value);

function only(text: string): SourceDocument {
  const { value, diagnostics } = parse(text);
  assert.deepEqual(diagnostics, []);
  assert.equal(value?.length, 1);
  const [document] = value;
  assert.ok(document);
  return document;
}

const marked = (text: string, path: SpecPath, part?: 'key' | 'value') => place(text, only(text).spanOf(path, part));

describe('parse source :: values', (it) => {
  it('reads scalars as the YAML 1.2 core schema does', () => {
    assert.deepEqual(
      values(
        'a: yes\nb: on\nc: 12:30\nd: 2024-01-02\ne: 1_000\nf: ~\ng: true\nh: 0x1F\ni: 0o17\nj: 1e3\nk: 99.9%\nl: -0\n',
      ),
      [
        {
          a: 'yes',
          b: 'on',
          c: '12:30',
          d: '2024-01-02',
          e: '1_000',
          f: null,
          g: true,
          h: 31,
          i: 15,
          j: 1000,
          k: '99.9%',
          l: 0,
        },
      ],
    );
  });

  it('does so whatever version the file declares', () => {
    assert.deepEqual(values('%YAML 1.1\n---\na: yes\n'), [{ a: 'yes' }]);
  });

  it('gives every document of a file its index', () => {
    const { value } = parse('# top\n---\na: 1\n---\nb: 2\n...\n---\nc: 3\n');
    assert.deepEqual(
      value?.map(({ index, value: data }) => [index, data]),
      [
        [0, { a: 1 }],
        [1, { b: 2 }],
        [2, { c: 3 }],
      ],
    );
  });

  it('expands aliases and applies merge keys, own keys first, then earlier sources', () => {
    const text = `base: &base { cpu: 1, mem: 2 }
more: &more { mem: 3, disk: 4 }
one: { <<: *base, cpu: 9 }
two:
  cpu: 8
  <<: [*base, *more]
three: *base
quoted: { "<<": 1 }
`;
    const value = Object(values(text)?.[0]);
    assert.deepEqual(value.one, { cpu: 9, mem: 2 });
    assert.deepEqual(value.two, { cpu: 8, mem: 2, disk: 4 });
    assert.deepEqual(value.three, { cpu: 1, mem: 2 });
    assert.deepEqual(value.quoted, { '<<': 1 });
  });

  it('knows anchors defined inside of a merged mapping', () => {
    assert.deepEqual(values('a: { <<: { x: &x 5 }, y: *x }\n'), [{ a: { y: 5, x: 5 } }]);
  });
});

describe('parse source :: spans', (it) => {
  const text = `apiVersion: v1 # comment
metadata: { name: ingestion, "quoted": 'x y' }
spec:
  routes:
    - path: /v1
      methods: [GET, POST]

  script: |
    one
    two

  # trailing comment
last:
`;
  it('mark keys and values exactly', () => {
    assert.equal(marked(text, ['apiVersion']), '1:13 «v1»');
    assert.equal(marked(text, ['apiVersion'], 'key'), '1:1 «apiVersion»');
    assert.equal(marked(text, ['metadata', 'quoted']), "2:40 «'x y'»");
    assert.equal(marked(text, ['metadata', 'quoted'], 'key'), '2:30 «"quoted"»');
    assert.equal(marked(text, ['spec', 'routes', 0, 'methods', 1]), '6:22 «POST»');
  });

  it('end where the text ends, without blank lines and comments', () => {
    assert.equal(marked(text, ['spec', 'routes', 0]), '5:7 «path: /v1\n      methods: [GET, POST]»');
    assert.equal(marked(text, ['spec', 'script']), '8:11 «|\n    one\n    two»');
    assert.equal(marked(text, ['spec']), `4:3 «${text.slice(text.indexOf('  routes') + 2, text.indexOf('two') + 3)}»`);
  });

  it('give the deepest part that exists', () => {
    assert.equal(marked(text, ['metadata', 'owner']), marked(text, ['metadata']));
    assert.equal(marked(text, ['spec', 'routes', 7, 'path'], 'key'), marked(text, ['spec', 'routes']));
    assert.equal(marked(text, ['spec', 'routes', 0, 'path', 'x', 1]), '5:13 «/v1»');
    assert.equal(marked(text, ['last']), '13:6 «»');
  });

  it('point at an alias where it is used, and into its anchor below', () => {
    const aliased = 'base: &b { cpu: 1 }\nuse: *b\nmerged: { <<: *b, mem: 2 }\nlist: { <<: [{ x: 1 }, *b] }\n';
    assert.equal(marked(aliased, ['use']), '2:6 «*b»');
    assert.equal(marked(aliased, ['use', 'cpu']), '1:17 «1»');
    assert.equal(marked(aliased, ['merged', 'cpu'], 'key'), '1:12 «cpu»');
    assert.equal(marked(aliased, ['list', 'cpu']), '1:17 «1»');
  });

  it('count UTF-16 units, and neither the byte-order mark nor CR', () => {
    const unicode = '\u{feff}a: 🙂x\r\nb: "ö" # c\r\n';
    const span = only(unicode).spanOf(['a']);
    assert.deepEqual([span.line, span.column, span.endLine, span.endColumn], [1, 4, 1, 7]);
    const second = only(unicode).spanOf(['b']);
    assert.deepEqual([second.line, second.column, second.endLine, second.endColumn], [2, 4, 2, 7]);
  });
});

describe('parse source :: refusals', (it) => {
  const refuses = (title: string, text: string, expected: readonly string[]) =>
    it(title, () => assert.deepEqual(findings(text), expected));

  refuses('a repeated key, with its first place', 'a: 1\nb: 2\n"a": 3\n', [
    'SW-123 3:1 «"a"» the key `a` is given twice in this mapping',
  ]);
  refuses('a repeated merge key', 'x: &x {}\na:\n  <<: *x\n  <<: *x\n', [
    'SW-123 4:3 «<<» the key `<<` is given twice in this mapping',
  ]);
  refuses('a tab, once a line', 'a:\n\tb: 1\n\tc: 2\nd:\n  - x\n\t- y\n', [
    'SW-122 2:1 «\t» a tab is used for indentation',
    'SW-122 3:1 «\t» a tab is used for indentation',
    'SW-122 6:1 «\t» a tab is used for indentation',
  ]);
  refuses('a tab behind spaces', 'a:\n  \tb: 1\n', ['SW-122 2:3 «\t» a tab is used for indentation']);
  refuses('an open quote, where it opens', 'a: "foo\nb: 1\n', [
    'SW-121 1:4 «"foo» the quote that opens here is never closed',
  ]);
  refuses('an open bracket, where it opens', 'a: [1, 2\nb: 3\n', [
    'SW-121 1:4 «[» the `[` that opens here is not closed',
  ]);
  refuses('a key without a colon', 'kind Service\nmetadata:\n  name: x\n', [
    'SW-121 1:1 «kind Service» `kind Service` has no `:` after its key',
  ]);
  refuses('a colon without a space', 'a:1\nb: 2\n', ['SW-121 1:1 «a:1» there is no space after `a:`']);
  refuses('several slips at once', 'a: b: c\nd: @x\n', [
    'SW-121 1:4 «b» a second mapping begins on the same line',
    'SW-121 2:4 «@x» `@x` is not in quotes, and `@` at the beginning of a value is reserved',
  ]);
  refuses('uneven indentation', 'a:\n    b: 1\n  c: 2\n', [
    'SW-121 3:3 «c» this line is indented differently from its neighbours',
  ]);
  refuses('an empty file', '', ['SW-124 1:1 «» the file is empty']);
  refuses('a file of comments', '# nothing\n---\n# here\n', [
    'SW-124 1:1 «» the file holds no document, only comments or markers',
  ]);
  refuses('an empty document among others', 'a: 1\n---\n# only\n---\nb: 1\n', [
    'SW-125 2:1 «---» the document is empty',
  ]);
  refuses('documents that are no mapping', '- a\n- b\n---\ntext\n---\nnull\n', [
    'SW-126 1:1 «- a» the document is a list, but a mapping was expected',
    'SW-126 4:1 «text» the document is a text, but a mapping was expected',
    'SW-126 6:1 «null» the document is `null`, but a mapping was expected',
  ]);
  refuses('keys that are no text', '1: a\ntrue: b\n? [x]\n: c\n~: d\nk: &k v\n*k : e\n', [
    'SW-133 1:1 «1» the key is the number `1`, but every key is a text',
    'SW-133 2:1 «true» the key is the boolean `true`, but every key is a text',
    'SW-133 3:3 «[x]» the key is a list, but every key is a text',
    'SW-133 5:1 «~» the key is empty, but every key is a text',
    'SW-133 7:1 «*k» the key is the alias `*k`, but every key is a text',
  ]);
  refuses('reserved keys', '__proto__: { admin: true }\na: { "constructor": 1, prototype: 2 }\n', [
    'SW-134 1:1 «__proto__» the key `__proto__` is reserved',
    'SW-134 2:6 «"constructor"» the key `constructor` is reserved',
    'SW-134 2:24 «prototype» the key `prototype` is reserved',
  ]);
  refuses('tags', 'a: !foo 1\nb: !!js/function "x"\nc: !!binary aa\nd: !!int abc\n', [
    'SW-132 1:4 «!foo» the tag `!foo` is not supported for this value',
    'SW-132 2:4 «!!js/function» the tag `!!js/function` is not supported for this value',
    'SW-132 3:4 «!!binary» the tag `!!binary` is not supported for this value',
    'SW-132 4:4 «!!int» the tag `!!int` is not supported for this value',
  ]);
  refuses('numbers that are not what they seem', 'a: 0777\nb: 9007199254740993\nc: .inf\nd: .NaN\ne: 1e999\nf: 007\n', [
    'SW-137 1:4 «0777» `0777` is 777 to YAML 1.2 and may be octal to other tools',
    'SW-135 2:4 «9007199254740993» `9007199254740993` is too large to be held exactly',
    'SW-136 3:4 «.inf» `.inf` is not a finite number',
    'SW-136 4:4 «.NaN» `.NaN` is not a finite number',
    'SW-136 5:4 «1e999» `1e999` is not a finite number',
    'SW-137 6:4 «007» `007` is 7 to YAML 1.2 and may be octal to other tools',
  ]);
  refuses('aliases without an anchor, before it and inside it', 'a: *x\nb: &x\n  c: *x\n', [
    'SW-129 1:4 «*x» the alias `*x` has no anchor `&x` before it',
    'SW-130 3:6 «*x» the alias `*x` stands inside its own anchor',
  ]);
  refuses('merges of what is no mapping', 'x: &x 1\na: { <<: *x }\nb: { <<: [{}, 2] }\nc: { <<: *nope }\n', [
    'SW-131 2:10 «*x» `<<` merges mappings, and this is none',
    'SW-131 3:15 «2» `<<` merges mappings, and this is none',
    'SW-129 4:10 «*nope» the alias `*nope` has no anchor `&nope` before it',
  ]);

  it('an alias bomb, at the alias that goes over the limit, in bounded time', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [previous, name] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg', 'gh'])
      bomb.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${previous}`).join(', ')}]`);
    assert.deepEqual(findings(bomb.join('\n')), [
      'SW-128 4:36 «*c» aliases add more than 10000 values to this document',
    ]);
    assert.deepEqual(values(bomb.join('\n')), []);
  });

  it('nesting, but not below 65 levels', () => {
    const nested = (levels: number) => `${'['.repeat(levels)}1${']'.repeat(levels)}\n`;
    assert.deepEqual(findings(`a: ${nested(63)}`), []);
    const message = 'the text is nested more than 64 levels deep; nothing behind this was read';
    assert.deepEqual(findings(`a: ${nested(64)}`), [`SW-127 1:67 «[» ${message}`]);
    const block = Array.from({ length: 65 }, (_, level) => `${' '.repeat(level)}k:\n`).join('');
    assert.deepEqual(findings(block), [`SW-127 65:66 «:» ${message}`]);
  });

  it('nesting by aliases', () => {
    const lines = ['a0: &a0 [[[[[[[[[[x]]]]]]]]]]'];
    for (let level = 1; level <= 6; level++) lines.push(`a${level}: &a${level} [[[[[[[[[[*a${level - 1}]]]]]]]]]]`);
    assert.deepEqual(findings(lines.join('\n')), ['SW-127 7:19 «*a5» the alias `*a5` nests more than 64 levels']);
  });

  it('what it refuses never reaches a prototype, and the rest goes on', () => {
    const value = Object(values('__proto__: { admin: true }\nname: x\n')?.[0]);
    assert.deepEqual(Object.keys(value), ['name']);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(value.admin, undefined);
  });

  it('a document with broken syntax, but not its neighbours', () => {
    const { value, diagnostics } = parse('a: 1\n---\nb: [\n---\nc: 3\n');
    assert.deepEqual(
      value?.map((document) => document.value),
      [{ a: 1 }, { c: 3 }],
    );
    assert.equal(diagnostics.length, 1);
  });
});

describe('parse source :: bounds', (it) => {
  it('lists a hundred problems of a file and says that there are more', () => {
    const found = findings('a: 1\n'.repeat(5000));
    assert.equal(found.length, 101);
    assert.equal(
      found[100],
      'SW-138 101:1 «a» this file has more than 100 problems; those behind this one are not shown',
    );
    assert.equal(findings('a: 1\n'.repeat(101)).length, 100);
  });

  it('reads a file of nothing but errors', () => {
    for (const junk of ['"', ']', '!', '*a ', '@\n', 'a: {\n', 'a: b: c\n', '---\n', '%A\n']) {
      const found = parse(junk.repeat(3000)).diagnostics;
      assert.ok(found.length > 0 && found.length <= 101, `${JSON.stringify(junk)} gives ${found.length}`);
    }
  });
});
