/**
 * The cases that cannot lie in Git as files: bytes that are no text, sizes, links, pipes and what refuses to be read.
 *
 * Owns what stands below `/` in these cases; what is expected of them stands in their folders, as for all others.
 */
import type { MemoryNode } from '../memory-host.ts';

const HEAD = 'apiVersion: seaworthy.dev/v1alpha1\nkind: Service\nmetadata: { name: ingestion, system: sim-corp }\n';
const GOOD = `${HEAD}spec: {}\n`;

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : [...part])),
  );

const utf16 = (text: string): Uint8Array =>
  bytes(
    [0xff, 0xfe],
    [...text].flatMap((character) => [character.charCodeAt(0) & 0xff, character.charCodeAt(0) >> 8]),
  );

/** What each case holds, by path. */
export const GENERATED_CASES: Readonly<Record<string, Readonly<Record<string, MemoryNode>>>> = {
  '13-bad-utf8': {
    '/spec/latin1.yaml': bytes(GOOD, '# größe ', [0xe9], '\n'),
    '/spec/overlong.yaml': bytes(GOOD, [0xc0, 0xaf]),
  },
  '14-byte-order-mark': {
    '/spec/accepted.yaml': bytes([0xef, 0xbb, 0xbf], `${HEAD}spec: { prot: 1 }\n`),
    '/spec/inside.yaml': bytes(HEAD, [0xef, 0xbb, 0xbf], 'spec: {}\n'),
    '/spec/utf16.yaml': utf16(GOOD),
  },
  '17-ten-megabytes': { '/spec/big.yaml': new Uint8Array(10 * 1024 * 1024).fill(0x23), '/spec/good.yaml': GOOD },
  '19-deep-nesting': {
    '/spec/block.yaml': Array.from({ length: 200 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
    '/spec/flow.yaml': `a: ${'['.repeat(100_000)}`,
  },
  '23-control-characters': {
    '/spec/bidi.yaml': `${HEAD}spec: {} # \u{202e}txet neddih\n`,
    '/spec/carriage.yaml': HEAD.replaceAll('\n', '\r'),
    '/spec/escape.yaml': `${HEAD}spec:\n  image: \u{1b}[31mred\n`,
    '/spec/escaped.yaml': `${HEAD}spec:\n  description: "bell \\a and \\e[2J"\n  language: "two\\nlines"\n`,
    '/spec/nul.yaml': `${HEAD}spec: {}\0\0\0\n`,
  },
  '24-symlink-loop': {
    '/spec/good.yaml': GOOD,
    '/spec/loop/up': { link: '..' },
    '/spec/out.yaml': { link: '/etc/out.yaml' },
    '/spec/self.yaml': { link: 'self.yaml' },
    '/spec/gone.yaml': { link: 'nowhere.yaml' },
    '/etc/out.yaml': GOOD,
  },
  '25-unreadable-file': {
    '/spec/closed': { fails: 'EACCES', isDirectory: true },
    '/spec/good.yaml': GOOD,
    '/spec/secret.yaml': { fails: 'EACCES' },
    '/spec/torn.yaml': { fails: 'EIO' },
  },
  '26-directory-as-file': {
    '/spec/good.yaml': GOOD,
    '/spec/pipe.yaml': { pipe: true },
    '/spec/service.yaml/readme.md': '',
  },
  '27-no-spec': { '/spec/readme.md': '# Nothing here\n', '/spec/.hidden.yaml': GOOD },
  '28-missing-directory': { '/elsewhere/service.yaml': GOOD },
};
