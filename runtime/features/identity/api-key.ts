/**
 * The shape of an API key: `<prefix>_<id>_<secret>_<checksum>`.
 *
 * Owns the text form. The prefix names brand and environment, the id is public and finds the row, the secret is 32
 * base62 characters (190 bits), and the checksum is the CRC-32 of all before it, so that a mistyped or invented key is
 * refused without a look-up and a scanner can tell a real one. Regex for secret scanning: `API_KEY_PATTERN`.
 */
import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface ApiKeyParts {
  readonly prefix: string;
  readonly id: string;
  readonly secret: string;
}

export type ParsedApiKey =
  | { readonly kind: 'key'; readonly parts: ApiKeyParts }
  | { readonly kind: 'invalid'; readonly reason: 'malformed' | 'wrong-prefix' | 'bad-checksum' };

export const API_KEY_PATTERN = /^([a-z0-9]{2,16}_[a-z0-9]{2,16})_([0-9A-Za-z]{10})_([0-9A-Za-z]{32})_([0-9A-Za-z]{6})$/;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Parses a key and checks everything that needs no database. */
export function parseApiKey(text: string, prefix: string): ParsedApiKey {
  const match = API_KEY_PATTERN.exec(text);
  const [, keyPrefix, id, secret, checksum] = match ?? [];
  if (keyPrefix === undefined || id === undefined || secret === undefined)
    return { kind: 'invalid', reason: 'malformed' };
  if (checksum !== checksumOf(`${keyPrefix}_${id}_${secret}`)) return { kind: 'invalid', reason: 'bad-checksum' };
  if (keyPrefix !== prefix) return { kind: 'invalid', reason: 'wrong-prefix' };
  return { kind: 'key', parts: { prefix: keyPrefix, id, secret } };
}

/** Makes a new key from the system's random source. */
export function generateApiKey(prefix: string): { readonly text: string; readonly parts: ApiKeyParts } {
  const parts = { prefix, id: randomBase62(10), secret: randomBase62(32) };
  return { text: formatApiKey(parts), parts };
}

export function formatApiKey({ prefix, id, secret }: ApiKeyParts): string {
  const body = `${prefix}_${id}_${secret}`;
  return `${body}_${checksumOf(body)}`;
}

/** What is stored of a secret. A keyed hash is enough: the secret is random, so there is nothing to guess slowly. */
export function digestSecret(secret: string, pepper: string): Buffer {
  return createHmac('sha256', pepper).update(secret).digest();
}

/** Compares two digests in a time that does not depend on where they differ. */
export function digestsEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < 6; place += 1) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

function randomBase62(length: number): string {
  return Array.from({ length }, () => BASE62.charAt(randomInt(62))).join('');
}
