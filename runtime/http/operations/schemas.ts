/**
 * Shapes that several operations share, as JSON Schema.
 *
 * Objects are closed on both sides: a field that is not described is neither taken nor given.
 */
import type { Schema } from './operation.ts';

/** Printable, at most 200 characters. */
export const LABEL_FORM = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
/** The same without spaces: an id of another system, such as an e-mail address. */
export const IDENTIFIER_FORM = /^[^\p{C}\p{Z}]{1,200}$/u;
/** Longest text that is given out, in characters. */
export const MOST_TEXT = 200;

export const TEXT: Schema = { type: 'string', minLength: 1, maxLength: MOST_TEXT };
/** As keys and tenants demand it of what they are called, and of ids of other systems. */
export const LABEL: Schema = { type: 'string', pattern: LABEL_FORM.source };
export const IDENTIFIER: Schema = { type: 'string', pattern: IDENTIFIER_FORM.source };
/** A parameter in a path. An identity, such as `organisation:` and an id, is longer than the id. */
export const MOST_IN_PATH = 300;
export const IN_PATH: Schema = { type: 'string', minLength: 1, maxLength: MOST_IN_PATH };
export const NAME: Schema = { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$' };
export const COUNT: Schema = { type: 'integer', minimum: 0 };
export const AMOUNT: Schema = { type: 'number', minimum: 0 };
export const SWITCH: Schema = { type: 'boolean' };
export const TIME: Schema = { type: 'string', format: 'date-time' };
export const TEXTS: Schema = { type: 'array', items: { type: 'string' } };

/** A closed object; fields whose name ends in `?` may be absent. */
export function object(fields: Readonly<Record<string, Schema>>): Schema {
  const entries = Object.entries(fields).map(([name, schema]) => [name.replace(/\?$/, ''), schema] as const);
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(fields).filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(entries),
  };
}

export function list(items: Schema): Schema {
  return { type: 'array', items };
}

/** A page of a list; `next` is the `after` of the following one. */
export function page(items: Schema, more: Readonly<Record<string, Schema>> = {}): Schema {
  return object({ items: list(items), 'next?': TEXT, ...more });
}

/** The query parameters of a paged list. */
export const PAGING: Readonly<Record<string, Schema>> = {
  limit: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  after: { type: 'string', minLength: 1, maxLength: 200 },
};

/** RFC 9457, with members of its own. */
export const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
  },
};

/** A moment in the form of TIME. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** Fields that have a value. */
export function present(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** `present` for moments: milliseconds become text. */
export function presentTimes(fields: Readonly<Record<string, number | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, ms]) => (ms === undefined ? [] : [[name, timeOf(ms)]])),
  );
}
