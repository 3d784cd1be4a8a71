/**
 * Places in a JSON document by pointer (RFC 6901).
 *
 * Owns reading and replacing; a document is never changed, and nothing but its own members is ever reached.
 */
import { isMapping } from '../../schemas/data/mapping.ts';

/** The value there, or undefined. */
export function readPointer(document: unknown, pointer: string): unknown {
  return tokensOf(pointer).reduce(memberOf, document);
}

/** Whether the place exists, or could be a field of something that does. */
export function hasParent(document: unknown, pointer: string): boolean {
  const tokens = tokensOf(pointer);
  const parent = tokens.slice(0, -1).reduce(memberOf, document);
  const last = tokens.at(-1) ?? '';
  if (Array.isArray(parent)) return memberOf(parent, last) !== undefined;
  return isMapping(parent) && last !== '' && last !== '__proto__';
}

/** A copy of the document with another value there. The place must have a parent. */
export function replaceAt(document: unknown, pointer: string, value: unknown): unknown {
  return replace(document, tokensOf(pointer), value);
}

/** The pointer as it stands in messages about a policy: `providers.anthropic.pool`. */
export function dotted(pointer: string): string {
  return tokensOf(pointer).join('.');
}

function tokensOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function memberOf(node: unknown, token: string): unknown {
  if (Array.isArray(node)) return /^(?:0|[1-9]\d{0,8})$/.test(token) ? node[Number(token)] : undefined;
  return isMapping(node) && Object.hasOwn(node, token) ? node[token] : undefined;
}

function replace(node: unknown, [token, ...rest]: readonly string[], value: unknown): unknown {
  if (token === undefined) return value;
  const member = replace(memberOf(node, token), rest, value);
  if (Array.isArray(node)) return node.map((item, index) => (index === Number(token) ? member : item));
  return { ...(isMapping(node) ? node : {}), [token]: member };
}
