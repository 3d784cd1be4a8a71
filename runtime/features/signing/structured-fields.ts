/**
 * The part of Structured Fields (RFC 9651) that signatures are written in: dictionaries of items and inner lists.
 *
 * Strict where the RFC lets the last one win: a key that comes twice is an error, as two readers may pick different ones.
 * Dates and display strings are not read. What is parsed can be written again in its one canonical form, which is what
 * RFC 9421 signs.
 */

export type BareItem =
  | { readonly kind: 'integer'; readonly value: number }
  | { readonly kind: 'decimal'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Buffer }
  | { readonly kind: 'boolean'; readonly value: boolean };

export type Parameters = ReadonlyMap<string, BareItem>;

export interface Item {
  readonly kind: 'item';
  readonly value: BareItem;
  readonly parameters: Parameters;
}

export interface InnerList {
  readonly kind: 'list';
  readonly items: readonly Item[];
  readonly parameters: Parameters;
}

export type Dictionary = ReadonlyMap<string, Item | InnerList>;

/** Longest field that is read. */
const MAX_LENGTH = 8_192;

/** Undefined when the text is no dictionary. An empty field is an empty one. */
export function parseDictionary(text: string): Dictionary | undefined {
  return text.length > MAX_LENGTH ? undefined : new Parser(text).dictionary();
}

/** The canonical form (RFC 9651, 4.1.1.1). */
export function serializeInnerList({ items, parameters }: InnerList): string {
  const inner = items.map((item) => serializeBare(item.value) + serializeParameters(item.parameters));
  return `(${inner.join(' ')})${serializeParameters(parameters)}`;
}

function serializeParameters(parameters: Parameters): string {
  return [...parameters].map(([key, value]) => `;${key}${isTrue(value) ? '' : `=${serializeBare(value)}`}`).join('');
}

function isTrue(item: BareItem): boolean {
  return item.kind === 'boolean' && item.value;
}

function serializeBare(item: BareItem): string {
  switch (item.kind) {
    case 'string':
      return `"${item.value.replace(/["\\]/g, '\\$&')}"`;
    case 'bytes':
      return `:${item.value.toString('base64')}:`;
    case 'boolean':
      return item.value ? '?1' : '?0';
    case 'decimal':
      return Number.isInteger(item.value) ? `${item.value}.0` : String(item.value);
    default:
      return String(item.value);
  }
}

const KEY = /[a-z*][a-z0-9_.*-]*/y;
const NUMBER = /-?(?:[0-9]{1,12}\.[0-9]{1,3}|[0-9]{1,15})(?![0-9.])/y;
const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const TOKEN = /[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*/y;
const BYTES = /:([A-Za-z0-9+/]*={0,2}):/y;
const BOOLEAN = /\?([01])/y;
const SPACES = / */y;
const COMMA = /[ \t]*,[ \t]*(?=[^ \t])/y;

/** Each method reads from `#at` on and answers undefined when what it wants is not there; then the whole text is refused. */
class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replace(/^ +| +$/g, '');
  }

  dictionary(): Dictionary | undefined {
    const members = new Map<string, Item | InnerList>();
    if (this.#text === '') return members;
    do {
      const key = this.#take(KEY)?.[0];
      if (key === undefined || members.has(key)) return undefined;
      const member = this.#skip('=') ? this.#member() : this.#flag();
      if (member === undefined) return undefined;
      members.set(key, member);
    } while (this.#take(COMMA) !== undefined);
    return this.#at === this.#text.length ? members : undefined;
  }

  #member(): Item | InnerList | undefined {
    return this.#text[this.#at] === '(' ? this.#innerList() : this.#item();
  }

  /** A key without a value is true. */
  #flag(): Item | undefined {
    const parameters = this.#parameters();
    return parameters && { kind: 'item', value: { kind: 'boolean', value: true }, parameters };
  }

  #innerList(): InnerList | undefined {
    this.#skip('(');
    const items: Item[] = [];
    for (;;) {
      this.#take(SPACES);
      if (this.#skip(')')) break;
      const before = this.#text[this.#at - 1];
      if (items.length > 0 && before !== ' ') return undefined;
      const item = this.#item();
      if (item === undefined) return undefined;
      items.push(item);
    }
    const parameters = this.#parameters();
    return parameters && { kind: 'list', items, parameters };
  }

  #item(): Item | undefined {
    const value = this.#bare();
    const parameters = value && this.#parameters();
    return value && parameters && { kind: 'item', value, parameters };
  }

  #parameters(): Parameters | undefined {
    const parameters = new Map<string, BareItem>();
    while (this.#skip(';')) {
      this.#take(SPACES);
      const key = this.#take(KEY)?.[0];
      if (key === undefined || parameters.has(key)) return undefined;
      const value: BareItem | undefined = this.#skip('=') ? this.#bare() : { kind: 'boolean', value: true };
      if (value === undefined) return undefined;
      parameters.set(key, value);
    }
    return parameters;
  }

  #bare(): BareItem | undefined {
    const first = this.#text[this.#at] ?? '';
    if (first === '"') return this.#string();
    if (first === ':') return this.#bytes();
    if (first === '?') return this.#boolean();
    if (/[-0-9]/.test(first)) return this.#number();
    const token = this.#take(TOKEN)?.[0];
    return token === undefined ? undefined : { kind: 'token', value: token };
  }

  #string(): BareItem | undefined {
    const inside = this.#take(STRING)?.[1];
    return inside === undefined ? undefined : { kind: 'string', value: inside.replace(/\\(.)/g, '$1') };
  }

  /** Only what encodes to the same text again, so that there is one spelling. */
  #bytes(): BareItem | undefined {
    const text = this.#take(BYTES)?.[1];
    if (text === undefined) return undefined;
    const value = Buffer.from(text, 'base64');
    return value.toString('base64') === text ? { kind: 'bytes', value } : undefined;
  }

  #boolean(): BareItem | undefined {
    const digit = this.#take(BOOLEAN)?.[1];
    return digit === undefined ? undefined : { kind: 'boolean', value: digit === '1' };
  }

  #number(): BareItem | undefined {
    const text = this.#take(NUMBER)?.[0];
    if (text === undefined) return undefined;
    // Adding 0 makes -0 a plain 0.
    return { kind: text.includes('.') ? 'decimal' : 'integer', value: Number(text) + 0 };
  }

  #skip(character: string): boolean {
    const isThere = this.#text[this.#at] === character;
    if (isThere) this.#at += 1;
    return isThere;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}
