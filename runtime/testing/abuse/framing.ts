/**
 * Bodies whose end two servers would see in two places, and what Node's parser has been fooled by before.
 */
import { type AbuseCase, forwarded, post, refused } from './abuse-case.ts';

const SMUGGLED = 'GET /v1/admin HTTP/1.1\r\nHost: a\r\n\r\n';

const AMBIGUOUS: Readonly<Record<string, string>> = {
  'length and chunks': post(['Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
  'chunks and length': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${SMUGGLED}`),
  'two lengths that differ': post(['Content-Length: 4', 'Content-Length: 44'], `abcd${SMUGGLED}`),
  'two lengths that agree': post(['Content-Length: 4', 'Content-Length: 4'], 'abcd'),
  'two lengths in one line': post(['Content-Length: 4, 4'], 'abcd'),
  'two lengths in one line that differ': post(['Content-Length: 4, 44'], `abcd${SMUGGLED}`),
  'negative length': post(['Content-Length: -1'], SMUGGLED),
  'length with a plus': post(['Content-Length: +4'], 'abcd'),
  'length in hexadecimal': post(['Content-Length: 0x4'], 'abcd'),
  'length with a point': post(['Content-Length: 4.0'], 'abcd'),
  'length beyond 64 bits': post(['Content-Length: 18446744073709551620'], 'abcd'),
  'length with a comma before': post(['Content-Length: ,4'], 'abcd'),
  'length with a blank before the colon': post(['Content-Length : 4'], `abcd${SMUGGLED}`),
  'empty length': post(['Content-Length:'], SMUGGLED),
  'coding with a blank before the colon': post(['Transfer-Encoding : chunked'], `0\r\n\r\n${SMUGGLED}`),
  'coding after a tab': post(['Transfer-Encoding:\tchunked', 'Content-Length: 4'], '0\r\n\r\n'),
  'vertical tab in the coding': post(['Transfer-Encoding: \x0bchunked'], '0\r\n\r\n'),
  xchunked: post(['Transfer-Encoding: xchunked'], '0\r\n\r\n'),
  'chunked, then something': post(['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'),
  'something, then chunked': post(['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'),
  'chunked twice': post(['Transfer-Encoding: chunked, chunked'], '0\r\n\r\n'),
  'two coding lines': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'),
  identity: post(['Transfer-Encoding: identity', 'Content-Length: 4'], 'abcd'),
  'coding in quotes': post(['Transfer-Encoding: "chunked"'], '0\r\n\r\n'),
  'folded coding': post(['Transfer-Encoding:', ' chunked'], '0\r\n\r\n'),
  'coding in HTTP/1.0': 'POST /v1/items HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'bare line feeds in the head': `POST /v1/items HTTP/1.1\nHost: a\nContent-Length: 0\n\n`,
  'bare carriage return in a field': post(['X-A: b\rTransfer-Encoding: chunked', 'Content-Length: 4'], 'abcd'),
  'NUL in a field': post(['X-A: b\0c', 'Content-Length: 0']),
  'NUL in a name': post(['X\0A: b', 'Content-Length: 0']),
  'line without a colon': post(['Content-Length: 0', 'nonsense']),
  'name that is empty': post([': x', 'Content-Length: 0']),
  'a blank before the first field': 'POST /v1/items HTTP/1.1\r\n Host: a\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.2': 'GET /v1/items HTTP/1.2\r\nHost: a\r\n\r\n',
  'HTTP/2.0 preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a TLS hello': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  'random bytes': '\x00\xff\x10\x80\x7f\x01\r\n\r\n',
};

/** Broken inside the body: the head was fine, so a part may be on its way; the upstream must never take it for whole. */
const BROKEN_CHUNKS: Readonly<Record<string, string>> = {
  'chunk size that is no number': 'zz\r\nabcd\r\n0\r\n\r\n',
  'negative chunk size': '-4\r\nabcd\r\n0\r\n\r\n',
  'chunk size beyond 64 bits': 'fffffffffffffffff\r\nabcd\r\n0\r\n\r\n',
  'chunk size with 0x': '0x4\r\nabcd\r\n0\r\n\r\n',
  'chunk longer than it says': '2\r\nabcd\r\n0\r\n\r\n',
  'line feed after the size': '4\nabcd\n0\n\n',
  'extension without end': `4;${'x'.repeat(20_000)}\r\nabcd\r\n0\r\n\r\n`,
};

export const FRAMING: readonly AbuseCase[] = [
  ...Object.entries(AMBIGUOUS).map(([name, bytes]) => refused(`framing: ${name}`, bytes, 400)),
  refused('framing: HTTP/0.9', 'GET /v1/items\r\n\r\n', 505),
  refused('framing: HTTP/2.0 in a request line', 'GET /v1/items HTTP/2.0\r\nHost: a\r\n\r\n', 505),
  ...Object.entries(BROKEN_CHUNKS).map(([name, chunks]) =>
    refused(`framing: ${name}`, post(['Transfer-Encoding: chunked'], chunks), 400, 413, 431, 502),
  ),
  forwarded(
    'framing: chunks with extensions are read, and made anew',
    post(['Transfer-Encoding: chunked'], '4;a=b\r\nabcd\r\n0\r\n\r\n'),
    'POST /v1/items HTTP/1.1',
    [],
    'abcd',
  ),
  forwarded(
    'framing: a length with leading zeros is that length',
    post(['Content-Length: 004'], 'abcd'),
    'POST /v1/items HTTP/1.1',
    [],
    'abcd',
  ),
  forwarded(
    'framing: a GET with a body keeps its end',
    'GET /v1/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nabcd',
    'GET /v1/items HTTP/1.1',
    [],
    'abcd',
  ),
  refused('framing: a body that announces more than is taken', post(['Content-Length: 2000000']), 413),
  refused('framing: a length of a terabyte', post(['Content-Length: 1099511627776']), 413),
];
