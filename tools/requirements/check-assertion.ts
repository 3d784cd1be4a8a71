/**
 * Whether a compiled tree holds what `compiled.yaml` says of it.
 */
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'yaml';
import type { Assertion } from './statements.ts';

/** The files of one system, by their paths below `generated/<system>/`. */
export type SystemFiles = ReadonlyMap<string, string>;

/** Why it does not hold; undefined when it does. */
export function checkAssertion(assertion: Assertion, files: SystemFiles): string | undefined {
  const { file, except, count = 1, line, at, is } = assertion;
  if ((line === undefined) === (at === undefined)) return `${file}: say either a line or a place`;
  const pattern = new RegExp(`^${file.split('*').map(escapePattern).join('[^/]*')}$`);
  const paths = [...files.keys()].filter(
    (path) => pattern.test(path) && !(except !== undefined && path.startsWith(except)),
  );
  if (paths.length !== count) return `${file}: ${paths.length} files, expected ${count}`;
  for (const path of paths) {
    const text = files.get(path) ?? '';
    if (line !== undefined && !text.split('\n').some((one) => one.trim() === line)) return `${path}: no line ${line}`;
    if (at === undefined) continue;
    const found = follow(path.endsWith('.json') ? JSON.parse(text) : parse(text), at);
    if (!holds(found, is)) return `${path}: ${at} is ${JSON.stringify(found)}, expected ${JSON.stringify(is)}`;
  }
  return undefined;
}

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

function follow(value: unknown, pointer: string): unknown {
  let found = value;
  for (const key of pointer.split('/').slice(1)) found = step(found, key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return found;
}

const NAMES = ['name', 'alert', 'record', 'title', 'id'];

function step(value: unknown, key: string): unknown {
  if (Array.isArray(value))
    return /^\d+$/.test(key)
      ? value[Number(key)]
      : value.find((item) => NAMES.some((name) => fieldOf(item, name) === key));
  return fieldOf(value, key);
}

const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;

/** Equal; of an object, the fields that are expected. */
function holds(found: unknown, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    return expected !== undefined && isDeepStrictEqual(found, expected);
  return Object.entries(expected).every(([key, value]) => holds(fieldOf(found, key), value));
}
