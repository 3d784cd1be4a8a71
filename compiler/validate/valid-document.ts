/**
 * A document that has the shape its kind demands.
 *
 * Owns the union over the kinds; types are generated from `schemas/spec/`. What the values mean is left to `resolve/`.
 */
import type { ChecklistDocument } from '../../schemas/spec/checklist.gen.ts';
import type { DatastoreDocument } from '../../schemas/spec/datastore.gen.ts';
import type { EnvironmentDocument } from '../../schemas/spec/environment.gen.ts';
import type { PolicyDocument } from '../../schemas/spec/policy.gen.ts';
import type { ProviderDocument } from '../../schemas/spec/provider.gen.ts';
import type { ServiceDocument } from '../../schemas/spec/service.gen.ts';
import type { SystemDocument } from '../../schemas/spec/system.gen.ts';
import type { SourceDocument } from '../source/source-document.ts';

/** The document's data by kind, and the handle back to its text. */
export type ValidDocument =
  | { readonly kind: 'System'; readonly source: SourceDocument; readonly value: SystemDocument }
  | { readonly kind: 'Service'; readonly source: SourceDocument; readonly value: ServiceDocument }
  | { readonly kind: 'Datastore'; readonly source: SourceDocument; readonly value: DatastoreDocument }
  | { readonly kind: 'Provider'; readonly source: SourceDocument; readonly value: ProviderDocument }
  | { readonly kind: 'Environment'; readonly source: SourceDocument; readonly value: EnvironmentDocument }
  | { readonly kind: 'Policy'; readonly source: SourceDocument; readonly value: PolicyDocument }
  | { readonly kind: 'Checklist'; readonly source: SourceDocument; readonly value: ChecklistDocument };

export type DocumentKind = ValidDocument['kind'];
/** The valid documents of one kind. */
export type ValidDocumentOf<Kind extends DocumentKind> = Extract<ValidDocument, { readonly kind: Kind }>;
