/**
 * A text as YAML writes it: plain where nothing can be misread, several lines as a literal block, otherwise in quotes.
 *
 * Owns quoting for readers of YAML 1.1 and 1.2 alike: Kubernetes and Prometheus read with a 1.1 parser, which takes `on`, `012` and `12:30`
 * for something else. Written here because asking a library for each text takes most of the time of a large system; a test holds it
 * against the library.
 */

/** Prints a text as the value of a key. Continued lines begin with `indent`. */
export function printText(text: string, indent: string): string {
  if (isPlain(text)) return text;
  return isLiteral(text) ? printLiteral(text, indent) : printQuoted(text);
}

/** Prints a text as a key, on one line. */
export const printKey = (text: string): string => (isPlain(text) ? text : printQuoted(text));

/**
 * Short, begins with a letter, holds no indicator, and is none of the words that some version of YAML takes for something else. Stricter
 * than the standard on purpose: sentences and queries are always quoted.
 */
function isPlain(text: string): boolean {
  if (text.length > LONGEST_PLAIN) return false;
  const known = plain.get(text);
  if (known !== undefined) return known;
  const answer = QUANTITY.test(text) || (PLAIN.test(text) && !RESERVED.test(text));
  if (plain.size < 10_000) plain.set(text, answer);
  return answer;
}

const LONGEST_PLAIN = 64;
const PLAIN = /^[A-Za-z_/](?:[A-Za-z0-9_./,%()=+@-]|:(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9(]))*$/;
/** `250m`, `1Gi`, `25%`: no version of YAML has numbers with these endings. */
const QUANTITY = /^\d{1,15}(?:ms|m|s|h|d|w|[KMGT]i|%)$/;
const RESERVED = /^(?:true|false|yes|no|on|off|null|y|n|inf|nan|e\d+)$/i;
/** Keys, labels and names come again and again. */
const plain = new Map<string, boolean>();

/** No line may end with a blank, which a reader could not see, and the first may not begin with one. */
const isLiteral = (text: string): boolean =>
  text.includes('\n') && /^[\n -~]*$/.test(text) && !/^[\n ]| \n| $|\n\n$/.test(text);

function printLiteral(text: string, indent: string): string {
  const ends = text.endsWith('\n');
  const lines = (ends ? text.slice(0, -1) : text).split('\n');
  return [ends ? '|' : '|-', ...lines.map((line) => (line === '' ? '' : `${indent}${line}`))].join('\n');
}

/** Double quotes read best, single ones where the text is full of double ones, as queries are. */
function printQuoted(text: string): string {
  const isPrintable = /^[ -~\u00a0-\ud7ff]*$/.test(text);
  return isPrintable && /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}
