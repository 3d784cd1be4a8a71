/**
 * Text of a user inside a message of ours.
 *
 * Owns the backticks and the length: a message stays one line that can be read, whatever stands in the file, and shows no secret. Control characters are left
 * to the renderers, which know where the message goes.
 */
import { maskSecrets } from './mask-secrets.ts';

const LONGEST = 60;

/** The text in backticks, on one line and at most 60 characters long. */
export function quoteText(text: string): string {
  const line = maskSecrets(text).replace(/\s*\n\s*/g, ' ');
  return `\`${line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line}\``;
}

/** `a`, `b` or `c`: names in the order given, at most so many of them. */
export function quoteList(names: readonly string[], conjunction: 'or' | 'and' = 'or', most = 12): string {
  const shown = names.slice(0, most).map(quoteText);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} ${conjunction} ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} ${conjunction} ${shown.at(-1)}`;
}
