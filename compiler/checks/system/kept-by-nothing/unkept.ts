/**
 * What the lists of this check share: an entry, and whether somebody wrote a field.
 */
import type { Origin, Origins } from '../../../resolve/model/index.ts';

export interface Unkept {
  /** As in the spec, such as `backup.drill`. */
  readonly field: string;
  /** Such as `datastore orders`. */
  readonly subject: string;
  readonly at: Origin;
  /** What would have to be there, in a few words. */
  readonly missing: string;
}

/** Whether the spec or an environment holds the field. A default promises nothing to anybody. */
export function isWritten(origins: Origins, field: string): boolean {
  const origin = origins.of(field);
  return origin !== origins.self && origin.kind !== 'default';
}

/** One entry for each of the fields that is written. */
export const whereWritten = (
  origins: Origins,
  subject: string,
  fields: Readonly<Record<string, string>>,
  prefix = '',
): readonly Unkept[] =>
  Object.entries(fields).flatMap(([field, missing]) =>
    isWritten(origins, field) ? [{ field: `${prefix}${field}`, subject, at: origins.of(field), missing }] : [],
  );
