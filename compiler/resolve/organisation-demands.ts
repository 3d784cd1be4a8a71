/**
 * What a policy can demand.
 *
 * Owns the table: which field of which node each demand tightens, what meets it, and how its figures are written. The walk over the model
 * and the origins are `apply-organisation-policies.ts`.
 */
import type { Requirements } from '../../schemas/spec/policy.gen.ts';
import {
  formatDuration,
  formatKubernetesBytes,
  parseBytes,
  parseDuration,
  type UnitOutcome,
} from '../../schemas/units/index.ts';
import type { DatastoreModel, EnvironmentModel, ModelNode, RouteModel, ServiceModel } from './model/index.ts';

/** The nodes of a model that policies tighten. */
export interface Tightened {
  readonly tls: EnvironmentModel['tls'];
  readonly scale: ServiceModel['scale'];
  readonly route: RouteModel;
  readonly datastore: DatastoreModel;
  readonly backup: NonNullable<DatastoreModel['backup']>;
}

/** One demand on one field: the value that the policy wants there, and what the value in the model is to it. */
export interface Demand<Node extends ModelNode, Field extends keyof Node & string = keyof Node & string> {
  readonly demand: keyof Requirements;
  readonly field: Field;
  /** Undefined where the policy does not demand it, or not of this node. */
  wanted(require: Requirements, node: Node): Node[Field] | undefined;
  isMet(value: Node[Field], wanted: NonNullable<Node[Field]>): boolean;
  format(value: NonNullable<Node[Field]>): string;
}

/** A demand with its field's type closed over, so that demands on different fields stand in one list. */
export type Tighten<Node extends ModelNode> = (
  node: Node,
  apply: <Field extends keyof Node & string>(node: Node, demand: Demand<Node, Field>) => Node,
) => Node;

const on =
  <Kind extends keyof Tightened>() =>
  <Field extends keyof Tightened[Kind] & string>(demand: Demand<Tightened[Kind], Field>): Tighten<Tightened[Kind]> =>
  (node, apply) =>
    apply(node, demand);

const atLeast = <Value extends number | string>(value: Value | undefined, wanted: Value): boolean =>
  value !== undefined && value >= wanted;
const atMost = <Value extends number | string>(value: Value | undefined, wanted: Value): boolean =>
  value !== undefined && value <= wanted;

/** Validation has parsed the text before, so there is a value. */
const read = <Value>(text: string | undefined, parse: (text: string) => UnitOutcome<Value>): Value | undefined => {
  const outcome = text === undefined ? undefined : parse(text);
  return outcome?.ok ? outcome.value : undefined;
};

const tls = on<'tls'>();
const scale = on<'scale'>();
const route = on<'route'>();
const datastore = on<'datastore'>();
const backup = on<'backup'>();

/** For each kind of node its demands, in the order in which they apply. */
export const DEMANDS: { readonly [Kind in keyof Tightened]: readonly Tighten<Tightened[Kind]>[] } = {
  tls: [
    tls({
      demand: 'minTlsVersion',
      field: 'minVersion',
      wanted: ({ minTlsVersion }) => minTlsVersion,
      isMet: atLeast,
      format: String,
    }),
  ],
  scale: [
    scale({
      demand: 'minReplicas',
      field: 'min',
      wanted: ({ minReplicas }) => minReplicas,
      isMet: atLeast,
      format: String,
    }),
    // Where a policy raises `min`, a default `max` follows it; one that was written below it is looser than the policy.
    scale({
      demand: 'minReplicas',
      field: 'max',
      wanted: ({ minReplicas }, { min }) => minReplicas && min,
      isMet: atLeast,
      format: String,
    }),
  ],
  route: [
    route({
      demand: 'maxTimeout',
      field: 'timeout',
      wanted: ({ maxTimeout }, { kind }) => (kind === 'http' ? read(maxTimeout, parseDuration) : undefined),
      isMet: atMost,
      format: formatDuration,
    }),
    route({
      demand: 'maxBodyLimit',
      field: 'bodyLimit',
      wanted: ({ maxBodyLimit }) => read(maxBodyLimit, parseBytes),
      isMet: atMost,
      format: formatKubernetesBytes,
    }),
  ],
  datastore: [
    datastore({
      demand: 'maxRpo',
      field: 'rpo',
      wanted: ({ maxRpo }, { durable }) => (durable ? read(maxRpo, parseDuration) : undefined),
      isMet: atMost,
      format: formatDuration,
    }),
    datastore({
      demand: 'maxRto',
      field: 'rto',
      wanted: ({ maxRto }, { durable }) => (durable ? read(maxRto, parseDuration) : undefined),
      isMet: atMost,
      format: formatDuration,
    }),
  ],
  backup: [
    backup({
      demand: 'minRetention',
      field: 'retention',
      wanted: ({ minRetention }) => read(minRetention, parseDuration),
      isMet: atLeast,
      format: formatDuration,
    }),
  ],
};
