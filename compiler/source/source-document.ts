/**
 * One parsed YAML document that still knows where every value stands.
 *
 * Owns the handle from values back to text; relies on the parser in this folder. What the values mean is left to later stages.
 */
import type { SourceSpan } from '../diagnostics/diagnostic.ts';

/** A file as loaded: the path as the user would type it, and its bytes. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Keys and indexes from the document's root to a value, such as `['spec', 'routes', 0, 'path']`. */
export type SpecPath = readonly (string | number)[];

/** Which part of a mapping entry a span covers. */
export type SpanPart = 'key' | 'value';

/** A parsed document. `value` is plain data: own properties only, no cycles, aliases expanded, merge keys applied. */
export interface SourceDocument {
  readonly file: string;
  /** Position among the documents of its file, from 0. */
  readonly index: number;
  readonly value: unknown;
  /**
   * The span of the value (or of its key) at `path`. A path that leads further than the document does gives the span of the
   * deepest part that exists, so a missing field points at the mapping that should hold it.
   */
  spanOf(path: SpecPath, part?: SpanPart): SourceSpan;
}
