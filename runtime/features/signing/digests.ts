/**
 * Digests and their comparison, for all that is signed.
 *
 * Every comparison of bytes that a caller sent with bytes that were computed here goes through `sameBytes`, which takes the
 * same time wherever they differ.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { SigningSecret } from './secrets.ts';

export type HashAlgorithm = 'sha256' | 'sha512';

export function hashBody(algorithm: HashAlgorithm, body: Buffer): Buffer {
  return createHash(algorithm).update(body).digest();
}

/** HMAC-SHA256 of a text in which every character is one byte, as it came from the wire. */
export function macOf({ key }: Pick<SigningSecret, 'key'>, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'latin1').digest();
}

/** The secret under which `mac` is that of `text`; all are tried, in any case. */
export function findSigner(secrets: readonly SigningSecret[], text: string, mac: Buffer): SigningSecret | undefined {
  const matching = secrets.filter((secret) => sameBytes(macOf(secret, text), mac));
  return matching[0];
}

export function sameBytes(mine: Buffer, theirs: Buffer): boolean {
  // A length is no secret: that of ours is fixed.
  return mine.length === theirs.length && timingSafeEqual(mine, theirs);
}
