/**
 * Groups the documents of a run by system, and finds those that clash or belong nowhere.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { DocumentKind, ValidDocument, ValidDocumentOf } from '../validate/valid-document.ts';
import type { Report } from './report.ts';

/** The documents of one system, each list sorted by name. */
export interface SystemDocuments {
  readonly system: ValidDocumentOf<'System'>;
  readonly services: readonly ValidDocumentOf<'Service'>[];
  readonly datastores: readonly ValidDocumentOf<'Datastore'>[];
  readonly providers: readonly ValidDocumentOf<'Provider'>[];
  readonly environments: readonly ValidDocumentOf<'Environment'>[];
}

export interface DocumentIndex {
  readonly systems: readonly SystemDocuments[];
  readonly organisationPolicies: readonly ValidDocumentOf<'Policy'>[];
}

/** The first of two documents with the same kind, system and name is kept; a document of an unknown system is left out. */
export function indexDocuments(documents: readonly ValidDocument[], report: Report): DocumentIndex {
  const unique = withoutDuplicates(documents, report);
  const systems = ofKind(unique, 'System');
  const names = systems.map((document) => document.value.metadata.name);
  const bySystem = new Map<string, ValidDocument[]>(names.map((name) => [name, []]));
  for (const document of unique) {
    const name = systemOf(document);
    if (name === undefined) continue;
    const group = bySystem.get(name);
    if (group !== undefined) group.push(document);
    else reportUnknownSystem(document, name, names, report);
  }
  for (const { source, value } of ofKind(unique, 'Checklist'))
    report.add(
      'SW-333',
      { document: source, path: ['metadata', 'name'] },
      `no command looks at the ${value.spec.items.length} items of checklist \`${value.metadata.name}\` yet`,
    );
  return {
    systems: systems.map((system) => {
      const members = bySystem.get(system.value.metadata.name) ?? [];
      const environments = ofKind(members, 'Environment');
      if (environments.length === 0) {
        report.add(
          'SW-305',
          { document: system.source, path: ['metadata', 'name'] },
          `system \`${system.value.metadata.name}\` has no environment`,
        );
      }
      return {
        system,
        services: ofKind(members, 'Service'),
        datastores: ofKind(members, 'Datastore'),
        providers: ofKind(members, 'Provider'),
        environments,
      };
    }),
    organisationPolicies: ofKind(unique, 'Policy'),
  };
}

function withoutDuplicates(documents: readonly ValidDocument[], report: Report): ValidDocument[] {
  const seen = new Map<string, ValidDocument>();
  for (const document of documents) {
    const { name } = document.value.metadata;
    const key = `${document.kind}/${systemOf(document) ?? ''}/${name}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, document);
    else {
      report.add(
        'SW-303',
        { document: document.source, path: ['metadata', 'name'] },
        `${document.kind} \`${name}\` is defined twice`,
        {
          related: [{ at: { document: first.source, path: ['metadata', 'name'] }, note: 'the other one is here' }],
        },
      );
    }
  }
  return [...seen.values()];
}

function reportUnknownSystem(document: ValidDocument, name: string, names: readonly string[], report: Report): void {
  const near = suggestName(name, names);
  report.add('SW-304', { document: document.source, path: ['metadata', 'system'] }, `there is no system \`${name}\``, {
    ...(near !== undefined && { hint: `Did you mean \`${near}\`? Otherwise add its System document.` }),
  });
}

const systemOf = (document: ValidDocument): string | undefined =>
  document.kind === 'System' || document.kind === 'Policy' ? undefined : document.value.metadata.system;

const ofKind = <Kind extends DocumentKind>(documents: readonly ValidDocument[], kind: Kind): ValidDocumentOf<Kind>[] =>
  documents
    .filter((document): document is ValidDocumentOf<Kind> => document.kind === kind)
    .sort((a, b) => compareTexts(a.value.metadata.name, b.value.metadata.name));
