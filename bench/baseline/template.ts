/**
 * Finds the pattern in generated objects: an object of one service with the names of that service taken out.
 *
 * Owns the marks that stand for names. A template filled with the names of another service is that service's object, or it is not: who
 * uses a template compares. Printed as JavaScript it is what a person would write by hand.
 */

export type Names = Readonly<Record<string, string | number>>;

const OPEN = '\u0001';
const CLOSE = '\u0002';
const MARK = new RegExp(`${OPEN}(\\w+)${CLOSE}`, 'g');
const NUMBER = new RegExp(`^${OPEN}#(\\w+)${CLOSE}$`);

/** The value with a mark wherever one of the names stands. */
export function makeTemplate(value: unknown, names: Names): unknown {
  // Longest first: a name may be part of another.
  const entries = Object.entries(names).sort(([, a], [, b]) => String(b).length - String(a).length);
  const mark = (text: string): string =>
    entries.reduce((marked, [key, name]) => marked.replaceAll(String(name), `${OPEN}${key}${CLOSE}`), text);
  return mapLeaves(value, mark, (number) => {
    const key = entries.find(([, name]) => name === number)?.[0];
    return key === undefined ? number : `${OPEN}#${key}${CLOSE}`;
  });
}

/** The template with the names of somebody else. */
export function fillTemplate(template: unknown, names: Names): unknown {
  const fill = (text: string): string => text.replaceAll(MARK, (_, key: string) => String(names[key]));
  const walk = (value: unknown): unknown => {
    const key = typeof value === 'string' ? NUMBER.exec(value)?.[1] : undefined;
    return key === undefined ? undefined : names[key];
  };
  return mapLeaves(template, fill, (number) => number, walk);
}

/** JavaScript that makes the value of a template out of an object `n` of names. */
export function printTemplate(template: unknown): string {
  if (Array.isArray(template)) return `[${template.map(printTemplate).join(',')}]`;
  if (isRecord(template)) {
    const entries = Object.entries(template).map(([key, entry]) => `${printKey(key)}:${printTemplate(entry)}`);
    return `{${entries.join(',')}}`;
  }
  if (typeof template !== 'string') return JSON.stringify(template);
  const number = NUMBER.exec(template)?.[1];
  return number === undefined ? printText(template) : `n.${number}`;
}

const printKey = (key: string): string => (key.includes(OPEN) ? `[${printText(key)}]` : JSON.stringify(key));

function printText(text: string): string {
  if (!text.includes(OPEN)) return JSON.stringify(text);
  const literal = text.replaceAll(/[\\`]|\$(?=\{)/g, '\\$&');
  return `\`${literal.replaceAll(MARK, (_, key: string) => `\${n.${key}}`)}\``;
}

function mapLeaves(
  value: unknown,
  text: (text: string) => string,
  number: (number: number) => unknown,
  replace: (value: unknown) => unknown = () => undefined,
): unknown {
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return number(value);
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, text, number, replace));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, entry]) => [text(key), mapLeaves(entry, text, number, replace)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
