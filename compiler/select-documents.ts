/**
 * Which documents belong to which system.
 *
 * Owns the question before anything is validated, so it believes no shape. A document that does not say it belongs to every system,
 * and is therefore always looked at.
 */
import type { SourceDocument } from './source/source-document.ts';

/** Names of the systems and of their environments, as far as documents name them; both sorted. */
export type SystemNames = ReadonlyMap<string, readonly string[]>;

/** The documents that the system is made from: its own, and policies. */
export const documentsOf = (documents: readonly SourceDocument[], system: string): readonly SourceDocument[] =>
  documents.filter((document) => (systemOf(document) ?? system) === system);

export function namesOf(documents: readonly SourceDocument[]): SystemNames {
  const systems = documents.filter(({ value }) => field(value, 'kind') === 'System').map(systemOf);
  const environments = documents.filter(({ value }) => field(value, 'kind') === 'Environment');
  return new Map(
    uniqueSorted(systems).map((name) => [
      name,
      uniqueSorted(environments.filter((own) => systemOf(own) === name).map(nameOf)),
    ]),
  );
}

const uniqueSorted = (names: readonly (string | undefined)[]): readonly string[] =>
  [...new Set(names)].filter((name) => name !== undefined).sort();

function systemOf({ value }: SourceDocument): string | undefined {
  const metadata = field(value, 'metadata');
  const name = field(metadata, field(value, 'kind') === 'System' ? 'name' : 'system');
  return typeof name === 'string' ? name : undefined;
}

/** The name that a document gives itself; undefined when it gives none. */
export function nameOf({ value }: SourceDocument): string | undefined {
  const name = field(field(value, 'metadata'), 'name');
  return typeof name === 'string' ? name : undefined;
}

/** The kind that a document gives itself. */
export const kindOf = ({ value }: SourceDocument): unknown => field(value, 'kind');

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
