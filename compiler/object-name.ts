/**
 * Names of objects that are put together and may grow too long.
 *
 * Owns how such a name is cut: it ends in digits of its own digest, so that two long names never become one.
 */
import { createHash } from 'node:crypto';

/** A name of at most `longest` characters that stays unique when it has to be cut. */
export function objectName(name: string, longest = 63): string {
  if (name.length <= longest) return name;
  return `${name.slice(0, longest - 9).replace(/-+$/, '')}-${shortHash(name)}`;
}

export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8);
