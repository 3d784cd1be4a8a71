/**
 * Where a value of the model came from.
 *
 * Owns the four kinds of origin and their order of precedence: a default yields to the spec, the spec to the environment, and a policy
 * can only tighten what they say. Every model node carries its origins; spans are worked out only when somebody looks.
 */
import type { SourceSpan } from '../../diagnostics/diagnostic.ts';
import type { SourceDocument, SpecPath } from '../../source/source-document.ts';

/** A place in a spec document. */
export interface SpecPointer {
  readonly document: SourceDocument;
  readonly path: SpecPath;
}

export type Origin =
  /** Written in a spec document. */
  | { readonly kind: 'spec'; readonly at: SpecPointer }
  /** A named default of `defaults.ts`; `at` is the node that left it out. */
  | { readonly kind: 'default'; readonly name: string; readonly at: SpecPointer }
  /** Set by an environment over `base`. */
  | { readonly kind: 'override'; readonly environment: string; readonly at: SpecPointer; readonly base: Origin }
  /** Tightened by a policy over `base`. */
  | { readonly kind: 'policy'; readonly policy: string; readonly at: SpecPointer; readonly base: Origin };

/** The origins of one model node: of the node itself, and of each of its fields. */
export interface Origins {
  readonly self: Origin;
  /** The origin of a field; that of the node when the field has none of its own. */
  of(field: string): Origin;
  /** Whether the field has one of its own: a place that sets it, or a named default. */
  has(field: string): boolean;
}

/** What every node of the model has. */
export interface ModelNode {
  readonly origin: Origins;
}

/** The span a person should look at: the place that set the value, or the node that left the default in force. */
export const spanOfOrigin = (origin: Origin): SourceSpan => origin.at.document.spanOf(origin.at.path);

/** Makes the origins of a node from the ones of its fields. */
export function originsOf(self: Origin, fields: Readonly<Record<string, Origin>> = {}): Origins {
  return {
    self,
    of: (field) => (Object.hasOwn(fields, field) ? (fields[field] ?? self) : self),
    has: (field) => Object.hasOwn(fields, field),
  };
}

/** The same origins where the model calls a field otherwise than the spec: `{ cpuRequest: origin of \`cpu\` }`. */
export const renameOrigins = (origins: Origins, named: Readonly<Record<string, Origin>>): Origins => ({
  self: origins.self,
  of: (field) => (Object.hasOwn(named, field) ? (named[field] ?? origins.self) : origins.of(field)),
  has: (field) => Object.hasOwn(named, field) || origins.has(field),
});
