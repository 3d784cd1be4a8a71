/**
 * Collects the open questions of a system's documents, with the provisional value each field holds meanwhile.
 */

import { specFieldsOf } from '../../schemas/spec/spec-fields.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { ValidDocument } from '../validate/valid-document.ts';
import type { SystemDocuments } from './index-documents.ts';
import type { UndecidedModel } from './model/index.ts';
import type { Report } from './report.ts';

/** In the order of kinds, then names, then as written. */
export function resolveUndecided(system: SystemDocuments, report: Report): UndecidedModel[] {
  const documents: readonly ValidDocument[] = [
    system.system,
    ...system.environments,
    ...system.services,
    ...system.datastores,
    ...system.providers,
  ];
  return documents.flatMap((document) =>
    (document.value.undecided ?? []).map((question, index) => {
      const at = { document: document.source, path: ['undecided', index] };
      const provisional = valueAt(document.value.spec, question.field);
      if (provisional === undefined)
        reportUnknownField(document, question.field, { ...at, path: [...at.path, 'field'] }, report);
      return {
        at,
        subject: `${document.kind} ${document.value.metadata.name}`,
        field: question.field,
        why: question.why,
        options: question.options ?? [],
        provisional:
          provisional === undefined
            ? undefined
            : typeof provisional === 'object'
              ? JSON.stringify(provisional)
              : String(provisional),
      };
    }),
  );
}

/** A field that is left out must at least exist in the language. Indexes and names of maps stand for any. */
function reportUnknownField(
  document: ValidDocument,
  field: string,
  at: { document: ValidDocument['source']; path: readonly (string | number)[] },
  report: Report,
): void {
  const fields = specFieldsOf(document.kind);
  const wanted = field
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
  if (fields.some((known) => matches(known, wanted))) return;
  const near = suggestName(wanted, fields);
  report.add(
    'SW-312',
    at,
    `${document.kind} has no field \`${field}\``,
    near === undefined ? {} : { hint: `Did you mean \`${near}\`?` },
  );
}

const matches = (known: string, wanted: string): boolean => {
  const [left, right] = [known.split('.'), wanted.split('.')];
  return left.length === right.length && left.every((part, index) => part === '*' || part === right[index]);
};

function valueAt(spec: unknown, field: string): unknown {
  let value: unknown = spec;
  for (const part of field.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return value;
}
