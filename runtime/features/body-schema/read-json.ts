/**
 * JSON that every reader reads alike.
 *
 * Node's parser decides what is JSON; before it, one pass over the text refuses what parsers disagree on or suffer from: a
 * name that comes twice in an object, names that reach into prototypes, depth, and sheer number of values. The pass keeps
 * nothing of the values, and is exact for every text that is JSON.
 */

export type ReadJson =
  | { readonly kind: 'json'; readonly value: unknown; readonly values: number }
  | { readonly kind: 'refused'; readonly pointer: string; readonly detail: string };

const MAX_DEPTH = 64;
const MAX_NAMES = 50_000;
/** How a program behind may be tricked into changing what all its objects have. */
const PROTOTYPE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function readJson(body: Uint8Array): ReadJson {
  const text = decode(body);
  if (text === undefined) return refused('The body is not valid UTF-8.');
  const scanned = scan(text);
  if (typeof scanned === 'string') return refused(scanned);
  try {
    return { kind: 'json', value: JSON.parse(text), values: scanned };
  } catch {
    return refused('The body is not valid JSON.');
  }
}

function refused(detail: string): ReadJson {
  return { kind: 'refused', pointer: '', detail };
}

function decode(body: Uint8Array): string | undefined {
  try {
    return UTF8.decode(body);
  } catch {
    return undefined;
  }
}

/** The number of values, or what is wrong. Of a text that is not JSON it may say either. */
function scan(text: string): number | string {
  return new Scanner(text).run();
}

/** The names that an object has so far; undefined for an array. */
type Level = Set<string> | undefined;

class Scanner {
  readonly #text: string;
  readonly #levels: Level[] = [];
  #level: Level;
  #at = 0;
  #isName = false;
  #names = 0;
  #values = 1;

  constructor(text: string) {
    this.#text = text;
  }

  run(): number | string {
    const text = this.#text;
    for (; this.#at < text.length; this.#at += 1) {
      const problem = text[this.#at] === '"' ? this.#string() : this.#structure(text[this.#at]);
      if (problem !== undefined) return problem;
    }
    return this.#values;
  }

  #string(): string | undefined {
    const start = this.#at;
    this.#at = endOfString(this.#text, start);
    return this.#isName ? this.#name(this.#text.slice(start, this.#at + 1)) : undefined;
  }

  #structure(character: string | undefined): string | undefined {
    switch (character) {
      case '{':
      case '[':
        return this.#open(character === '{');
      case '}':
      case ']':
        this.#level = this.#levels.pop();
        this.#isName = false;
        return undefined;
      case ',':
        this.#isName = this.#level !== undefined;
        this.#values += 1;
        return undefined;
      default:
        return undefined;
    }
  }

  #name(quoted: string): string | undefined {
    const name = nameOf(quoted);
    this.#isName = false;
    this.#names += 1;
    if (this.#names > MAX_NAMES) return `The body has more than ${MAX_NAMES} names.`;
    if (PROTOTYPE_NAMES.has(name))
      return `An object has a name that is not allowed (${[...PROTOTYPE_NAMES].join(', ')}).`;
    if (this.#level?.has(name)) return 'An object has the same name twice.';
    this.#level?.add(name);
    return undefined;
  }

  #open(isObject: boolean): string | undefined {
    if (this.#levels.length >= MAX_DEPTH) return `The body is nested deeper than ${MAX_DEPTH} levels.`;
    this.#levels.push(this.#level);
    this.#level = isObject ? new Set() : undefined;
    this.#isName = isObject;
    this.#values += 1;
    return undefined;
  }
}

/** Index of the closing quote; the end of the text where there is none. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/** Two spellings of a name are one: `"a"` and `"\u0061"`. */
function nameOf(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}
