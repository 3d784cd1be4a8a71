/**
 * Applies the organisation's policies (documents of kind `Policy`) to a model.
 *
 * A policy can only tighten: it replaces a default that is looser, and rejects a written value that is looser. The result keeps the
 * policy as the origin of what it changed. Several policies meet in the strictest. What a policy can demand is the table of
 * `organisation-demands.ts`; this file walks the model and keeps the origins.
 */
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import type { Model, ModelNode, Origin, ServiceModel } from './model/index.ts';
import { DEMANDS, type Demand, type Tightened } from './organisation-demands.ts';
import type { Report } from './report.ts';

type OrganisationPolicy = ValidDocumentOf<'Policy'>;

export function applyOrganisationPolicies(
  model: Model,
  policies: readonly OrganisationPolicy[],
  report: Report,
): Model {
  return policies
    .filter((policy) => appliesTo(policy, model))
    .reduce((current, policy) => applyOrganisationPolicy(current, policy, report), model);
}

function appliesTo({ value }: OrganisationPolicy, { system, environment }: Model): boolean {
  const { systems, stages } = value.spec.appliesTo ?? {};
  return (
    (systems === undefined || systems.includes(system.name)) &&
    (stages === undefined || stages.includes(environment.stage))
  );
}

function applyOrganisationPolicy(model: Model, policy: OrganisationPolicy, report: Report): Model {
  const tighten = <Kind extends keyof Tightened>(kind: Kind, node: Tightened[Kind]): Tightened[Kind] =>
    DEMANDS[kind].reduce(
      (current, demand) => demand(current, (at, asked) => applyDemand(at, asked, policy, report)),
      node,
    );
  // How many processes run on a host is not what replicas are.
  const scaleOf = ({ process, scale }: ServiceModel) => (process === undefined ? tighten('scale', scale) : scale);
  return {
    ...model,
    environment: { ...model.environment, tls: tighten('tls', model.environment.tls) },
    services: model.services.map((service) => ({
      ...service,
      scale: scaleOf(service),
      routes: service.routes.map((route) => tighten('route', route)),
    })),
    datastores: model.datastores.map((datastore) => {
      if (!datastore.durable) return datastore;
      const tightened = tighten('datastore', datastore);
      return { ...tightened, backup: tightened.backup && tighten('backup', tightened.backup) };
    }),
  };
}

/** Tightens one field of one node, or reports that a written value is looser. */
function applyDemand<Node extends ModelNode, Field extends keyof Node & string>(
  node: Node,
  { demand, field, wanted: wantedOf, isMet, format }: Demand<Node, Field>,
  { value: { metadata, spec }, source }: OrganisationPolicy,
  report: Report,
): Node {
  const wanted = wantedOf(spec.require, node);
  const found = node[field];
  if (wanted === undefined || wanted === null || isMet(found, wanted)) return node;
  const base = node.origin.of(field);
  const at = { document: source, path: ['spec', 'require', demand] };
  if (found !== undefined && found !== null && base.kind !== 'default' && base.kind !== 'policy') {
    const message = `${field} is ${format(found)}, but policy \`${metadata.name}\` demands ${format(wanted)}`;
    report.add('SW-311', base, message, { related: [{ at, note: 'the policy demands it here' }] });
    return node;
  }
  const origin: Origin = { kind: 'policy', policy: metadata.name, at, base };
  const { origin: before } = node;
  return {
    ...node,
    [field]: wanted,
    origin: {
      self: before.self,
      of: (name: string) => (name === field ? origin : before.of(name)),
      has: (name: string) => name === field || before.has(name),
    },
  };
}
