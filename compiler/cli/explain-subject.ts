/**
 * The values of one service, datastore or provider as resolved for one environment, each with the place it comes from.
 *
 * Owns the walk over a model node of any shape. What an environment overrides or a policy tightens shows as a chain, the base last.
 */
import { suggestName } from '../diagnostics/suggest-name.ts';
import { analyse } from '../pipeline.ts';
import type { Model, Origins } from '../resolve/model/index.ts';
import { formatOrigin } from '../writer/origin-text.ts';
import { type Arguments, UsageError } from './command.ts';
import { enterProject } from './enter-project.ts';
import { compileOptionsOf, loadSpec, refuseUnknownNames } from './spec-options.ts';

export interface ExplainedSubject {
  readonly system: string;
  readonly environment: string;
  readonly rows: readonly Row[];
}

export function explainSubject(topic: string, args: Arguments): ExplainedSubject {
  enterProject(args);
  const options = compileOptionsOf(args);
  const { models, names } = analyse(loadSpec(options.specRoot), options);
  refuseUnknownNames(args, names);
  const [model, another] = models;
  if (model === undefined) throw new UsageError('the spec cannot be resolved', 'See `seaworthy check`.');
  if (another !== undefined) throw severalModels(topic, models);
  const rows = [...listValues(findSubject(model, topic), '', undefined, options.specRoot)];
  return { system: model.system.name, environment: model.environment.name, rows };
}

/** Values differ between environments, so one has to be named where there are several. */
function severalModels(topic: string, models: readonly Model[]): UsageError {
  const systems = [...new Set(models.map(({ system }) => system.name))];
  const environments = [...new Set(models.map(({ environment }) => environment.name))];
  const missing = [
    ...(systems.length > 1 ? [`\`--system\` (${systems.join(', ')})`] : []),
    ...(environments.length > 1 ? [`\`--environment\` (${environments.join(', ')})`] : []),
  ];
  return new UsageError(`\`${topic}\` needs ${missing.join(' and ')}`, 'Values differ between environments.');
}

export function formatSubject(topic: string, { system, environment, rows }: ExplainedSubject): string {
  const [left, middle] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    ([path, value, origin]) => `${path.padEnd(left ?? 0)}  ${value.padEnd(middle ?? 0)}  ${origin}\n`,
  );
  return `${topic} of ${system} in ${environment}\n${UNITS}\n\n${lines.join('')}`;
}

const UNITS = 'Durations in milliseconds, sizes in bytes, processor in thousandths of a core, shares from 0 to 1.';

function findSubject(model: Model, topic: string): object {
  const [kind, name] = [topic.slice(0, topic.indexOf('/')), topic.slice(topic.indexOf('/') + 1)];
  const nodes = { service: model.services, datastore: model.datastores, provider: model.providers }[kind] ?? [];
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const names = nodes.map((node) => node.name);
  const near = suggestName(name, names);
  const hint = near === undefined ? `There is ${names.join(', ') || 'none'}.` : `Did you mean \`${kind}/${near}\`?`;
  throw new UsageError(`${model.system.name} has no ${kind} \`${name}\``, hint);
}

type Row = readonly [path: string, value: string, origin: string];

function* listValues(value: unknown, path: string, owner: Owner | undefined, specRoot: string): Generator<Row> {
  if (value === undefined || typeof value === 'function') return;
  if (isLeaf(value)) {
    const text = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
    yield [path, text, owner === undefined ? '' : describeOrigin(owner, value, specRoot)];
    return;
  }
  const own = typeof value === 'object' && 'origin' in value && isOrigins(value.origin) ? value.origin : undefined;
  for (const [name, child] of Object.entries(value).filter(([key]) => key !== 'origin')) {
    // A plain record within a node, such as labels, belongs to the field that holds it.
    yield* listValues(
      child,
      pathOf(path, name, value),
      own === undefined ? owner : { node: own, field: name },
      specRoot,
    );
  }
}

/** A field without an origin of its own was left out in the spec, or follows from other fields. */
function describeOrigin({ node, field }: Owner, value: unknown, specRoot: string): string {
  if (node.has(field) || field === 'name') return formatOrigin(node.of(field), specRoot);
  return Array.isArray(value) && value.length === 0 ? 'not set' : 'derived';
}

const isLeaf = (value: unknown): value is string | number | boolean | null | readonly (string | number)[] =>
  typeof value !== 'object' ||
  value === null ||
  (Array.isArray(value) && value.every((item) => typeof item !== 'object'));

function pathOf(parent: string, name: string, container: object): string {
  if (Array.isArray(container)) return `${parent}[${name}]`;
  return parent === '' ? name : `${parent}.${name}`;
}

interface Owner {
  readonly node: Origins;
  readonly field: string;
}

const isOrigins = (value: unknown): value is Origins =>
  typeof value === 'object' && value !== null && 'of' in value && typeof value.of === 'function';
