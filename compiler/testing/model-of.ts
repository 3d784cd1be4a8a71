/**
 * Models for tests, from spec text: YAML documents through the real resolver, without the shape check.
 *
 * Owns a source handle without positions; relies on the test writing valid documents.
 */
import { parseAllDocuments } from 'yaml';
import type { Model } from '../resolve/model/index.ts';
import { resolve } from '../resolve/resolve.ts';
import type { SourceDocument } from '../source/source-document.ts';
import type { DocumentKind, ValidDocument } from '../validate/valid-document.ts';

/** The first model of these documents. Throws when the resolver has anything to complain about. */
export function modelOf(yaml: string): Model {
  const documents = parseAllDocuments(yaml).map((document, index) => asValid(document.toJS(), index));
  const { value, diagnostics } = resolve(documents);
  const [model] = value ?? [];
  if (model === undefined || diagnostics.length > 0)
    throw new Error(diagnostics.map(({ message }) => message).join('\n') || 'no model');
  return model;
}

function asValid(value: { readonly kind: DocumentKind }, index: number): ValidDocument {
  const document: { kind: DocumentKind; source: SourceDocument; value: unknown } = {
    kind: value.kind,
    source: sourceOf(value, index),
    value,
  };
  if (!isDocument(document)) throw new Error(`document ${index} has no kind`);
  return document;
}

const isDocument = (document: { kind: DocumentKind; value: unknown }): document is ValidDocument =>
  document.kind !== undefined;

function sourceOf(value: unknown, index: number): SourceDocument {
  const file = 'spec/test.yaml';
  return { file, index, value, spanOf: () => ({ file, line: 1, column: 1, endLine: 1, endColumn: 1 }) };
}
