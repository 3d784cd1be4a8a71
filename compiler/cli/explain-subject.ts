/**
 * The values of one service, datastore or provider as resolved for one environment, each with the place it comes from.
 *
 * Owns the walk over a model node of any shape. What an environment overrides or a policy tightens shows as a chain, the base last.
 */
import { suggestName } from '../diagnostics/suggest-name.ts';
import { analyse } from '../pipeline.ts';
import type { Model, Origins } from '../resolve/model/index.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import { formatOrigin } from '../writer/origin-text.ts';
import { type Arguments, UsageError } from './command.ts';
import { compileOptionsOf, refuseUnknownNames } from './spec-options.ts';

export function explainSubject(topic: string, args: Arguments): string {
  const options = compileOptionsOf(args);
  if (options.system === undefined || options.environment === undefined) {
    throw new UsageError(
      `\`${topic}\` needs \`--system\` and \`--environment\``,
      'Values differ between environments.',
    );
  }
  const { models, names } = analyse(loadSources(diskHost, options.specRoot), options);
  refuseUnknownNames(args, names);
  const [model] = models;
  if (model === undefined) throw new UsageError('the spec cannot be resolved', 'See `seaworthy check`.');
  const node = findSubject(model, topic);
  const rows = [...listValues(node, '', undefined, options.specRoot)];
  const [left, middle] = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map(
    ([path, value, origin]) => `${path.padEnd(left ?? 0)}  ${value.padEnd(middle ?? 0)}  ${origin}\n`,
  );
  return `${topic} of ${model.system.name} in ${model.environment.name}\n${UNITS}\n\n${lines.join('')}`;
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
    yield [path, text, owner === undefined ? '' : formatOrigin(owner.node.of(owner.field), specRoot)];
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
