/**
 * Where the values of the small system of tests come from: one document that is never read.
 */
import { type Model, type Origins, originsOf } from '../../resolve/model/index.ts';
import type { SourceDocument } from '../../source/source-document.ts';

const DOCUMENT: SourceDocument = {
  file: 'spec/shop/shop.yaml',
  index: 0,
  value: {},
  spanOf: () => ({ file: 'spec/shop/shop.yaml', line: 1, column: 1, endLine: 1, endColumn: 2 }),
};

export const testOrigin: Origins = originsOf({ kind: 'spec', at: { document: DOCUMENT, path: [] } });

/** Where a question about a field of a document was left open. */
export const openQuestion = (subject: string, field: string): Model['undecided'][number] => ({
  at: { document: DOCUMENT, path: [] },
  subject,
  field,
  why: 'Nobody has said.',
  options: [],
  provisional: undefined,
});
