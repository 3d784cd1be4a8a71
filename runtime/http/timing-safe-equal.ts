/** Compares secrets in a time that tells neither content nor length. */
import { createHash, timingSafeEqual } from 'node:crypto';

export function timingSafeEqualText(a: string, b: string): boolean {
  return timingSafeEqual(digestOf(a), digestOf(b));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
