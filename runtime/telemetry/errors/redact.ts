/**
 * Takes out of a text what could be somebody's: the message of an exception may quote whatever was being worked on.
 *
 * Owns the patterns. They err on the side of taking too much; what tells where a bug is (names, short numbers, places in
 * the code) stays.
 */

const MASK = '[scrubbed]';

const PATTERNS: readonly RegExp[] = [
  // User and password in an address, and whatever follows the `?`.
  /(?<=:\/\/)[^\s/@]+@/g,
  /(?<=[\w/])\?[^\s'"`)]+/g,
  /[^\s@<>"'`(:]+(?:@|%40)[^\s@<>"'`),]+\.[A-Za-z]{2,}/g,
  /\b(?:bearer|basic|apikey)\s+[^\s'"`]+/gi,
  /\b(?:password|passwd|secret|token|api[_-]?key|authorization|cookie|signature)["']?\s*[:=]\s*["']?[^\s"',;]+/gi,
  // Addresses of clients, IPv4 and IPv6.
  /\b\d{1,3}(?:\.\d{1,3}){3}\b/g,
  /(?<![\w:.])(?:(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|(?:[0-9a-f]{1,4}:)*:(?:[0-9a-f]{1,4}:)*[0-9a-f]{1,4})(?![\w:])/gi,
  // Keys and digests: long runs without a space.
  /\b[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]{22,}\b|\b[A-Za-z0-9_-]{32,}\b/g,
  // What is quoted is data, and a brace begins a document.
  /"[^"\n]*"|`[^`\n]*`|(?<![\w])'[^'\n]*'/g,
  /[{[][^\n]*[}\]]/g,
];

/** At most 500 characters, with what could be personal or secret masked. */
export function redact(text: string): string {
  return PATTERNS.reduce((left, pattern) => left.replace(pattern, MASK), text.slice(0, 2_000)).slice(0, 500);
}
