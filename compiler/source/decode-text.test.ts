import assert from 'node:assert/strict';
import { describe } from '../testing/suite.ts';
import { decodeText } from './decode-text.ts';
import { invalidUtf8Position } from './invalid-utf8-position.ts';

const decode = (...parts: readonly (string | readonly number[])[]) => {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const { value, diagnostics } = decodeText({ path: 'a.yaml', bytes });
  return (
    value ?? diagnostics.map(({ code, span, message }) => `${code} ${span?.line}:${span?.column} ${message}`).join('\n')
  );
};

describe('decode text', (it) => {
  it('gives the text without its byte-order mark', () => {
    assert.equal(decode('\u{feff}kind: System\r\nö: 🙂\n'), 'kind: System\r\nö: 🙂\n');
  });

  it('names the first bad byte and its place, in columns of UTF-16 units', () => {
    assert.equal(decode('a: 1\nb: ä🙂', [0xff], '\n'), 'SW-111 2:7 the byte 0xff at offset 14 is not valid UTF-8');
    assert.equal(decode('a: ', [0xe2, 0x82]), 'SW-111 1:4 the byte 0xe2 at offset 3 is not valid UTF-8');
  });

  it('knows other encodings by their byte-order mark', () => {
    assert.equal(decode([0xff, 0xfe, 0x61, 0]), 'SW-112 1:1 the file is encoded in UTF-16, not in UTF-8');
    assert.equal(decode([0xfe, 0xff, 0, 0x61]), 'SW-112 1:1 the file is encoded in UTF-16, not in UTF-8');
    assert.equal(decode([0xff, 0xfe, 0, 0]), 'SW-112 1:1 the file is encoded in UTF-32, not in UTF-8');
  });

  it('refuses control characters, but not tabs and line ends', () => {
    assert.equal(decode('a:\tb\r\nc\n'), 'a:\tb\r\nc\n');
    assert.equal(
      decode('a: x\0y\0'),
      'SW-113 1:5 the control character U+0000 is not allowed, and 1 more in this file',
    );
    assert.equal(decode('a: \u{1b}[31m'), 'SW-113 1:4 the control character U+001B is not allowed');
    assert.equal(decode('a: 1\rb: 2'), 'SW-113 1:5 the line ends in a carriage return (U+000D) without a line feed');
  });

  it('refuses characters that hide or reorder text', () => {
    assert.equal(decode('a: \u{202e}nimda'), 'SW-114 1:4 the invisible formatting character U+202E is not allowed');
    assert.equal(decode('a: \u{feff}b'), 'SW-114 1:4 the invisible formatting character U+FEFF is not allowed');
    assert.equal(decode('a: 👩‍🚀 é'), 'a: 👩‍🚀 é');
  });

  it('agrees with the platform on every two and three byte sequence :: find bad UTF-8', () => {
    const strict = new TextDecoder('utf-8', { fatal: true });
    const isValid = (bytes: Uint8Array) => {
      try {
        strict.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    for (let lead = 0x7f; lead <= 0xff; lead++)
      for (const second of [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0])
        for (const rest of [[], [0x80], [0xbf], [0x80, 0x80], [0x80, 0xc0]]) {
          const bytes = Uint8Array.of(lead, second, ...rest);
          assert.equal(
            invalidUtf8Position(bytes) === undefined,
            isValid(bytes),
            [...bytes].map((byte) => byte.toString(16)).join(' '),
          );
        }
  });
});
