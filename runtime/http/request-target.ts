/**
 * The one normal form of a request target.
 *
 * Owns what `path` means before anything is looked up: the result is matched, limited, logged and forwarded, so that no
 * server behind can see another path than the one that was decided on. What has two readings is refused, not repaired:
 * encoded separators, dot segments, empty segments, NUL, escapes that are not UTF-8, anything outside the printable ASCII of RFC 3986.
 */
import type { FrontDoorReason } from '../../schemas/metrics.ts';

export type ParsedTarget =
  | { readonly kind: 'target'; readonly path: string; readonly query: string }
  | { readonly kind: 'refused'; readonly reason: FrontDoorReason; readonly detail: string };

const PATH = /^(?:[A-Za-z0-9/._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*$/;
const QUERY = /^(?:[\x21\x22\x24-\x7e])*$/;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;
// A parameter after `;`, escaped or not, hides a dot segment from us and is dropped by some servers behind.
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|%3B|$)/;
const ENCODED_STRUCTURE = /%(?:2f|5c|00|0a|0d|25)/i;

/** Parses an origin-form target, `/path?query`. `query` keeps its question mark and is empty without one. */
export function parseTarget(raw: string): ParsedTarget {
  if (!raw.startsWith('/')) return refuse('target-form', 'The request target must be a path.');
  const mark = raw.indexOf('?');
  const rawPath = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? '' : raw.slice(mark);
  if (!PATH.test(rawPath)) return refuse('path', 'The path holds a character that must be percent-encoded.');
  if (ENCODED_STRUCTURE.test(rawPath))
    return refuse('path', 'The path holds an encoded separator, percent sign or control.');
  if (!QUERY.test(query) || BROKEN_ESCAPE.test(query)) return refuse('query', 'The query is not well formed.');
  const path = rawPath.includes('%') ? rawPath.replace(/%[0-9A-Fa-f]{2}/g, normaliseEscape) : rawPath;
  if (!isUtf8(path)) return refuse('path', 'The escapes of the path are not UTF-8.');
  if (path.includes('//')) return refuse('path', 'The path holds an empty segment.');
  if (DOT_SEGMENT.test(path)) return refuse('path', 'The path holds a dot segment.');
  return { kind: 'target', path, query };
}

/** RFC 3986, 6.2.2: an escaped unreserved character is that character, other escapes are in capitals. */
function normaliseEscape(triplet: string): string {
  const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : triplet.toUpperCase();
}

function isUtf8(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function refuse(reason: FrontDoorReason, detail: string): ParsedTarget {
  return { kind: 'refused', reason, detail };
}
