/**
 * The resolve stage: valid documents become one frozen model for each system and environment.
 *
 * Owns the order of resolution. Relies on documents that have the right shape; leaves opinions about the result to `checks/`.
 */
import type { Outcome } from '../diagnostics/diagnostic.ts';
import type { ValidDocument } from '../validate/valid-document.ts';
import { applyOrganisationPolicies } from './apply-organisation-policies.ts';
import { checkReferences } from './check-references.ts';
import { freezeModel } from './freeze-model.ts';
import { indexDocuments, type SystemDocuments } from './index-documents.ts';
import type { Model } from './model/index.ts';
import { Report } from './report.ts';
import { resolveDatastore } from './resolve-datastore.ts';
import { resolveEnvironment } from './resolve-environment.ts';
import { resolveProvider } from './resolve-provider.ts';
import { resolveService } from './resolve-service.ts';
import { resolveSystem } from './resolve-system.ts';
import { resolveUndecided } from './resolve-undecided.ts';

/** Resolves all documents of a run. Models are sorted by system and environment; a system with findings still yields its models. */
export function resolve(documents: readonly ValidDocument[]): Outcome<readonly Model[]> {
  const report = new Report();
  const index = indexDocuments(documents, report);
  const models = index.systems.flatMap((system) => {
    const undecided = resolveUndecided(system, report);
    return system.environments.map((environment) => {
      const model = resolveModel(system, environment, undecided, report);
      return freezeModel(applyOrganisationPolicies(model, index.organisationPolicies, report));
    });
  });
  return { value: models, diagnostics: report.diagnostics };
}

function resolveModel(
  documents: SystemDocuments,
  environmentDocument: SystemDocuments['environments'][number],
  undecided: Model['undecided'],
  report: Report,
): Model {
  const overrides = environmentDocument.value.spec;
  const over = { spec: overrides, source: environmentDocument.source, name: environmentDocument.value.metadata.name };
  const system = resolveSystem(documents.system, over, report);
  const environment = resolveEnvironment(environmentDocument, system, report);
  const context = { system, environment, over, report };
  const model: Model = {
    system,
    environment,
    services: documents.services.map((document) => resolveService(document, context)),
    datastores: documents.datastores.map((document) => resolveDatastore(document, context)),
    providers: documents.providers.map((document) => resolveProvider(document, context)),
    undecided,
  };
  checkReferences(model, over, report);
  return model;
}
