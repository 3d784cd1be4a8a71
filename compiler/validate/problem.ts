/**
 * What is wrong with a document's shape, before it has a place in a file.
 */

import { isMapping } from '../../schemas/data/mapping.ts';
import type { CodeInfo } from '../diagnostics/diagnostic.ts';
import type { SpanPart, SpecPath } from '../source/source-document.ts';

/** A finding about a path. `part` says whether the key or the value is to be marked. */
export interface ShapeProblem {
  readonly info: CodeInfo;
  readonly path: SpecPath;
  readonly part: SpanPart;
  readonly message: string;
  readonly hint?: string | undefined;
  /** What stands there is a secret. */
  readonly conceal?: boolean;
  /** What to write in place of what is marked, where that is known to the letter. */
  readonly fix?: string | undefined;
  readonly related?: { readonly path: SpecPath; readonly part: SpanPart; readonly note: string } | undefined;
}

/**
 * Where to mark a mapping that lacks something: at its own key, or at its first entry when it has none. Marking all of it would hide
 * the place in a screen of text.
 */
export function holderOf(value: unknown, path: SpecPath): { readonly path: SpecPath; readonly part: SpanPart } {
  if (typeof path.at(-1) === 'string') return { path, part: 'key' };
  const first = isMapping(value) ? Object.keys(value)[0] : undefined;
  return first === undefined ? { path, part: 'value' } : { path: [...path, first], part: 'key' };
}
