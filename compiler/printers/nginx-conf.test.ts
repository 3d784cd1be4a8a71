import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claim, from } from '../marks.ts';
import { EDGE_SYSTEM } from '../testing/edge-system.ts';
import { modelOf } from '../testing/model-of.ts';
import { describe } from '../testing/suite.ts';
import {
  block,
  comment,
  condition,
  directive,
  dollarDeclaration,
  gap,
  mapKey,
  type NginxNode,
  printNginxConf,
  text,
  variables,
} from './nginx-conf.ts';

const textOf = (nodes: readonly NginxNode[]): string => printNginxConf(nodes).text;

/** What nginx's own lexer (ngx_conf_read_token) makes of a text: words, and the character that ended the directive. */
function readTokens(source: string): { readonly words: readonly string[]; readonly end: string }[] {
  const found: { words: string[]; end: string }[] = [];
  let words: string[] = [];
  let at = 0;
  while (at < source.length) {
    const character = source[at] ?? '';
    if (/[ \t\r\n]/.test(character)) at += 1;
    else if (character === '#') while (at < source.length && source[at] !== '\n') at += 1;
    else if (';{}'.includes(character)) {
      found.push({ words, end: character });
      words = [];
      at += 1;
    } else {
      const [word, next] = readWord(source, at);
      words.push(word);
      at = next;
    }
  }
  assert.deepEqual(words, [], 'a directive is not finished');
  return found;
}

function readWord(source: string, start: number): [string, number] {
  const quote = source[start] === '"' || source[start] === "'" ? source[start] : undefined;
  let at = quote === undefined ? start : start + 1;
  let raw = '';
  for (;;) {
    const character = source[at];
    assert.notEqual(character, undefined, 'a word is not finished');
    if (character === '\\') {
      raw += source.slice(at, at + 2);
      at += 2;
      continue;
    }
    if (
      quote === undefined
        ? /[ \t\r\n;{]/.test(character ?? '') && !(character === '{' && raw.endsWith('$'))
        : character === quote
    )
      break;
    raw += character;
    at += 1;
  }
  const word = raw.replace(
    /\\(["'\\trn])/g,
    (_, escaped: string) => ({ t: '\t', r: '\r', n: '\n' })[escaped] ?? escaped,
  );
  return [word, quote === undefined ? at : at + 1];
}

const nasty = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    ';',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '$',
    '#',
    '\n',
    '\r',
    '\t',
    'n',
    't',
    '(',
    ')',
    '~',
    'é',
    '\u2028',
  ),
  maxLength: 12,
});

describe('printNginxConf', (it) => {
  it('prints nested blocks with four spaces, gaps and comments', () => {
    const printed = textOf([
      comment('first\nsecond'),
      block(
        'http',
        [],
        [directive('server_tokens', 'off'), gap, block('location', ['=', '/a'], [directive('return', '404')])],
      ),
    ]);
    assert.equal(
      printed,
      [
        '# first',
        '# second',
        'http {',
        '    server_tokens off;',
        '',
        '    location = /a {',
        '        return 404;',
        '    }',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('quotes only what needs it, in the quotes that read best', () => {
    const printed = textOf([
      directive('return', '429', '{"status":429}'),
      directive('add_header', 'X', "it's a; b"),
      directive('x', ''),
    ]);
    assert.equal(printed, `return 429 '{"status":429}';\nadd_header X "it's a; b";\nx "";\n`);
  });

  it('keeps patterns readable', () => {
    assert.equal(textOf([directive('~^[^?]*/\\.{1,2}', '1')]), '"~^[^?]*/\\.{1,2}" 1;\n');
  });

  it('reads back as the same words, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(nasty, { minLength: 1, maxLength: 4 }), nasty, (words, remark) => {
        const printed = textOf([comment(remark), directive('d', ...words), block('b', words, [comment(remark)])]);
        assert.deepEqual(readTokens(printed), [
          { words: ['d', ...words], end: ';' },
          { words: ['b', ...words], end: '{' },
          { words: [], end: '}' },
        ]);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps a dollar sign of literal text from naming a variable', () => {
    const printed = textOf([
      dollarDeclaration(),
      directive('add_header', 'X', text('$host costs 5$')),
      directive('set', '$a', variables('$host')),
    ]);
    assert.match(printed, /geo \$dollar \{\n {4}default \$;\n\}/);
    assert.match(printed, /add_header X "\$\{dollar\}host costs 5\$\{dollar\}";/);
    assert.match(printed, /set \$a \$host;/);
  });

  it('keeps map keys from being patterns or keywords', () => {
    const keys = [
      'default',
      'include',
      'volatile',
      'hostnames',
      '~^.*$',
      '\\x',
      '*.example.com',
      'https://app.example.com',
    ];
    assert.deepEqual(keys.map(mapKey), [
      '\\default',
      '\\include',
      '\\volatile',
      '\\hostnames',
      '\\~^.*$',
      '\\\\x',
      '\\*.example.com',
      'https://app.example.com',
    ]);
  });

  it('prints conditions so that nginx finds both parentheses', () => {
    assert.equal(
      textOf([block('if', [condition('$request_method', '!~', '^(?:GET|HEAD)$')], [])]),
      'if ($request_method !~ "^(?:GET|HEAD)$") {\n}\n',
    );
    assert.throws(() => textOf([block('if', [condition('$a b')], [])]), /begins with a variable/);
  });

  it('says where marks are, by the fewest words that tell a node from its neighbours', () => {
    const origin = modelOf(EDGE_SYSTEM).system.origin.self;
    const mark = (node: NginxNode) => from(origin, node);
    const server = (name: string) =>
      block('server', [], [mark(directive('server_name', name)), mark(directive('root', '/'))]);
    const { origins } = printNginxConf([
      mark(directive('listen', '443', 'ssl')),
      directive('listen', '80'),
      server('a.example'),
      server('b.example'),
      mark(block('location', ['=', '/v1'], [mark(directive('root', '/'))])),
    ]);
    assert.deepEqual(
      origins.map(({ part }) => part),
      [
        'listen 443',
        'server a.example/server_name',
        'server a.example/root',
        'server b.example/server_name',
        'server b.example/root',
        'location = /v1',
        'location = /v1/root',
      ],
    );
  });

  it('makes one claim of the same one at several nodes', () => {
    const node = claim('edge/tls', 'environment', {}, directive('ssl_protocols', 'TLSv1.3'));
    assert.deepEqual(printNginxConf([node, node]).claims, [
      { control: 'edge/tls', subject: 'environment', parameters: {} },
    ]);
  });

  it('refuses what nginx cannot hold', () => {
    assert.throws(() => textOf([directive('x', 'a\0b')]), /NUL/);
  });
});
