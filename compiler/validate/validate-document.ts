/**
 * The validate stage for one document: has it the shape that its kind demands?
 *
 * Owns the order: what the document is, then ajv's verdict by the compiled schema, then the reasons, or the verdict of the parsers. Relies on `schemas/spec/`; what
 * the values mean is left to `resolve/`.
 */

import { isMapping, type Mapping } from '../../schemas/data/mapping.ts';
import { SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import * as validators from '../../schemas/spec/validators.gen.js';
import type { SchemaError, Validator } from '../../schemas/validator.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import type { Diagnostic, Outcome, RelatedSpan, SourceSpan } from '../diagnostics/diagnostic.ts';
import { makeDiagnostic } from '../diagnostics/make-diagnostic.ts';
import type { SourceDocument, SpecPath } from '../source/source-document.ts';
import { API_VERSION, checkHeader } from './check-header.ts';
import { describePath } from './describe-value.ts';
import { explainShape } from './explain-shape.ts';
import { findControls } from './find-controls.ts';
import { findSecrets } from './find-secrets.ts';
import { findUnfit } from './find-unfit.ts';
import type { ShapeProblem } from './problem.ts';
import type { DocumentKind, ValidDocument } from './valid-document.ts';

/** Validates a document and reports everything that is wrong with its shape. The value is absent when anything is. */
export function validateDocument(source: SourceDocument): Outcome<ValidDocument> {
  const value = isMapping(source.value) ? source.value : {};
  const { kind, problems: header } = checkHeader(value);
  // A missing version has been said; with it in place the rest can be judged.
  const judged = header.length === 0 ? value : { ...value, apiVersion: API_VERSION };
  const problems = kind === undefined ? header : [...header, ...checkShape(kind, judged)];
  if (problems.length > 0 || kind === undefined)
    return { value: undefined, diagnostics: problems.map((problem) => toDiagnostic(source, problem)) };
  return { value: toValidDocument(kind, source), diagnostics: [] };
}

const VALIDATORS: Readonly<Record<DocumentKind, Validator>> = {
  System: validators.validateSystem,
  Service: validators.validateService,
  Datastore: validators.validateDatastore,
  Provider: validators.validateProvider,
  Environment: validators.validateEnvironment,
  Policy: validators.validatePolicy,
  Checklist: validators.validateChecklist,
};

function checkShape(kind: DocumentKind, value: Mapping): readonly ShapeProblem[] {
  const controls = [...findControls(value), ...findSecrets(value)];
  const validate = VALIDATORS[kind];
  const schema = SPEC_SCHEMAS[kind] ?? {};
  if (validate(value)) return [...controls, ...findUnfit(schema, value)];
  const reasons = explainShape({ kind, schema, value, path: [] });
  const others = reasons.filter(({ path }) => !controls.some((control) => samePath(control.path, path)));
  return controls.length + others.length > 0 ? [...controls, ...others] : [unexplained(validate.errors ?? [])];
}

const samePath = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);

/** ajv refuses what `explain-shape.ts` finds nothing wrong with: a keyword that it does not know. Never silence. */
function unexplained(errors: readonly SchemaError[]): ShapeProblem {
  const [error] = errors;
  const path = (error?.instancePath ?? '').split('/').slice(1).map(unescapePointer);
  const message = `${describePath(path)} breaks the rule \`${error?.keyword ?? 'unknown'}\` of its schema`;
  return { info: VALIDATE.invalid, path, part: 'value', message };
}

const unescapePointer = (segment: string): string | number =>
  /^\d+$/.test(segment) ? Number(segment) : segment.replaceAll('~1', '/').replaceAll('~0', '~');

function toDiagnostic(
  source: SourceDocument,
  { info, path, part, message, hint, fix, related, conceal }: ShapeProblem,
): Diagnostic {
  const other = related && { span: source.spanOf(related.path, related.part), note: related.note };
  return makeDiagnostic(info, {
    span: source.spanOf(path, part),
    message,
    hint,
    conceal,
    fix,
    related: [other, borrowedAt(source, path)].filter((item) => item !== undefined),
  });
}

/** Where an alias or merge key brings in a value that is written elsewhere. */
function borrowedAt(source: SourceDocument, path: SpecPath): RelatedSpan | undefined {
  for (let length = path.length; length > 0; length--) {
    const holder = path.slice(0, length - 1);
    const span = source.spanOf(holder);
    if (contains(span, source.spanOf(path.slice(0, length)))) continue;
    const key = typeof holder.at(-1) === 'string' ? source.spanOf(holder, 'key') : span;
    return { span: key, note: 'brought in here by an alias or merge key' };
  }
  return undefined;
}

const contains = (outer: SourceSpan, inner: SourceSpan): boolean =>
  (outer.line < inner.line || (outer.line === inner.line && outer.column <= inner.column)) &&
  (outer.endLine > inner.endLine || (outer.endLine === inner.endLine && outer.endColumn >= inner.endColumn));

// The one place where data becomes the generated type: the schema that the type is made from has just accepted it.
const toValidDocument = (kind: DocumentKind, source: SourceDocument): ValidDocument =>
  ({ kind, source, value: source.value }) as ValidDocument;
