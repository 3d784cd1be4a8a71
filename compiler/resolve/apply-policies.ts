/**
 * Applies the organisation's policies to a model.
 *
 * A policy can only tighten: it replaces a default that is looser, and rejects a written value that is looser. The result keeps the
 * policy as the origin of what it changed. Several policies meet in the strictest.
 */
import {
  bytes,
  formatDuration,
  formatKubernetesBytes,
  milliseconds,
  parseBytes,
  parseDuration,
} from '../../schemas/units/index.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import type { Model, ModelNode, Origin, ServiceModel } from './model/index.ts';
import type { Report } from './report.ts';

type PolicyDocument = ValidDocumentOf<'Policy'>;

export function applyPolicies(model: Model, policies: readonly PolicyDocument[], report: Report): Model {
  return policies
    .filter((policy) => appliesTo(policy, model))
    .reduce((current, policy) => applyPolicy(current, policy, report), model);
}

function appliesTo({ value }: PolicyDocument, { system, environment }: Model): boolean {
  const { systems, stages } = value.spec.appliesTo ?? {};
  return (
    (systems === undefined || systems.includes(system.name)) &&
    (stages === undefined || stages.includes(environment.stage))
  );
}

function applyPolicy(model: Model, policy: PolicyDocument, report: Report): Model {
  const demand = policy.value.spec.require;
  const rule = ruleOf(policy, report);
  const { minReplicas, minTlsVersion } = demand;
  const limit = (text: string | undefined): number | undefined => (text === undefined ? undefined : durationOf(text));
  const [maxRpo, maxRto, minRetention, maxTimeout] = [
    limit(demand.maxRpo),
    limit(demand.maxRto),
    limit(demand.minRetention),
    limit(demand.maxTimeout),
  ];
  const maxBody = demand.maxBodyLimit === undefined ? undefined : bytesOf(demand.maxBodyLimit);
  const duration = (value: number) => formatDuration(milliseconds(value));
  return {
    ...model,
    environment: {
      ...model.environment,
      tls: rule(
        model.environment.tls,
        'minVersion',
        'minTlsVersion',
        minTlsVersion,
        (value, wanted) => value >= wanted,
        String,
      ),
    },
    services: model.services.map((service) => {
      const scale =
        service.process === undefined
          ? rule(service.scale, 'min', 'minReplicas', minReplicas, (value, wanted) => value >= wanted, String)
          : service.scale;
      return {
        ...service,
        scale: withMax(scale, rule),
        routes: service.routes.map((route) => {
          const timed =
            route.kind === 'http'
              ? rule(
                  route,
                  'timeout',
                  'maxTimeout',
                  maxTimeout === undefined ? undefined : milliseconds(maxTimeout),
                  (value, wanted) => value <= wanted,
                  duration,
                )
              : route;
          return rule(
            timed,
            'bodyLimit',
            'maxBodyLimit',
            maxBody === undefined ? undefined : bytes(maxBody),
            (value, wanted) => value <= wanted,
            (value) => formatKubernetesBytes(bytes(value)),
          );
        }),
      };
    }),
    datastores: model.datastores.map((datastore) => {
      if (!datastore.durable) return datastore;
      const rpo = rule(
        datastore,
        'rpo',
        'maxRpo',
        maxRpo === undefined ? undefined : milliseconds(maxRpo),
        (value, wanted) => value !== undefined && wanted !== undefined && value <= wanted,
        (value) => (value === undefined ? 'not set' : duration(value)),
      );
      const both = rule(
        rpo,
        'rto',
        'maxRto',
        maxRto === undefined ? undefined : milliseconds(maxRto),
        (value, wanted) => value !== undefined && wanted !== undefined && value <= wanted,
        (value) => (value === undefined ? 'not set' : duration(value)),
      );
      const backup =
        both.backup &&
        rule(
          both.backup,
          'retention',
          'minRetention',
          minRetention === undefined ? undefined : milliseconds(minRetention),
          (value, wanted) => value >= wanted,
          duration,
        );
      return { ...both, backup };
    }),
  };
}

/** Where a policy raises `min`, a default `max` follows it; one that was written below it is looser than the policy. */
const withMax = (scale: ServiceModel['scale'], rule: ReturnType<typeof ruleOf>): ServiceModel['scale'] =>
  scale.max >= scale.min
    ? scale
    : rule(scale, 'max', 'minReplicas', scale.min, (value, wanted) => value >= wanted, String);

/** Makes the function that tightens one field of one node. */
function ruleOf({ value, source }: PolicyDocument, report: Report) {
  return <Node extends ModelNode, Field extends keyof Node & string>(
    node: Node,
    field: Field,
    demand: string,
    wanted: Node[Field] | undefined,
    isMet: (value: Node[Field], wanted: Node[Field]) => boolean,
    format: (value: Node[Field]) => string,
  ): Node => {
    if (wanted === undefined || isMet(node[field], wanted)) return node;
    const base = node.origin.of(field);
    const at = { document: source, path: ['spec', 'require', demand] };
    if (node[field] !== undefined && base.kind !== 'default' && base.kind !== 'policy') {
      report.add(
        'SW-311',
        base,
        `${field} is ${format(node[field])}, but policy \`${value.metadata.name}\` demands ${format(wanted)}`,
        { related: [{ at, note: 'the policy demands it here' }] },
      );
      return node;
    }
    const origin: Origin = { kind: 'policy', policy: value.metadata.name, at, base };
    return {
      ...node,
      [field]: wanted,
      origin: { self: node.origin.self, of: (name: string) => (name === field ? origin : node.origin.of(name)) },
    };
  };
}

const durationOf = (text: string): number => {
  const outcome = parseDuration(text);
  return outcome.ok ? outcome.value : Number.POSITIVE_INFINITY;
};

const bytesOf = (text: string): number => {
  const outcome = parseBytes(text);
  return outcome.ok ? outcome.value : Number.POSITIVE_INFINITY;
};
