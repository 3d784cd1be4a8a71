/**
 * The plain cdk8s program that makes given Kubernetes objects, as JavaScript: what somebody would write who does without a compiler.
 *
 * One function for each shape of service holds its objects as literals with the names filled in, a loop calls it for every service, and
 * `app.synth()` writes one file an object. Objects that follow no pattern (the namespace, the gateway) are literals too, or parsed from JSON
 * where they are long. No object is typed, checked or traced, and nothing but Kubernetes objects is made: it is the least that
 * any compiler on cdk8s has to do.
 */
import { isDeepStrictEqual } from 'node:util';
import { namesOf, SHAPES } from '../spec/service-names.ts';
import type { KubernetesObject } from './read-objects.ts';
import { fillTemplate, makeTemplate, type Names, printTemplate } from './template.ts';

export interface Baseline {
  readonly program: string;
  /** Objects that the loop makes, and those that follow no pattern. */
  readonly patterned: number;
  readonly literal: number;
}

/** The module that `program` takes names from, relative to the project. */
const NAMES_MODULE = './bench/spec/service-names.ts';

export function printBaseline(objects: readonly KubernetesObject[], services: number): Baseline {
  const indices = Array.from({ length: services }, (_, index) => index + 1);
  const byOwner = groupByOwner(objects, services);
  const shapes = Array.from({ length: SHAPES }, (_, shape) => {
    // Not the very first of a shape: service 1 is its own neighbour.
    const example = indices.find((index) => index > SHAPES && index % SHAPES === shape);
    return example === undefined ? [] : templatesOf(byOwner.get(example) ?? [], namesOf(example));
  });
  const literals = [...(byOwner.get(undefined) ?? [])];
  const own: string[] = [];
  for (const index of indices) {
    const mine = byOwner.get(index) ?? [];
    const templates = shapes[index % SHAPES] ?? [];
    if (isMadeBy(templates, mine, namesOf(index))) own.push(String(index));
    else literals.push(...mine);
  }
  return {
    program: printProgram(shapes, own, literals),
    patterned: objects.length - literals.length,
    literal: literals.length,
  };
}

/** Objects by service; those of no service under `undefined`. */
function groupByOwner(objects: readonly KubernetesObject[], services: number) {
  const groups = new Map<number | undefined, KubernetesObject[]>();
  for (const object of objects) {
    const owner = ownerOf(object.path, services);
    const group = groups.get(owner);
    if (group === undefined) groups.set(owner, [object]);
    else group.push(object);
  }
  return groups;
}

/** The service whose name the path of an object holds. */
function ownerOf(path: string, services: number): number | undefined {
  const index = Number(/svc-(\d+)/.exec(path)?.[1] ?? 0);
  return index >= 1 && index <= services ? index : undefined;
}

const templatesOf = (objects: readonly KubernetesObject[], names: object): readonly unknown[] =>
  objects.map(({ value }) => makeTemplate(value, toNames(names)));

const isMadeBy = (templates: readonly unknown[], objects: readonly KubernetesObject[], names: object): boolean =>
  templates.length === objects.length &&
  templates.every((template, index) =>
    isDeepStrictEqual(fillTemplate(template, toNames(names)), objects[index]?.value),
  );

const toNames = (names: object): Names => ({ ...names });

function printProgram(
  shapes: readonly (readonly unknown[])[],
  own: readonly string[],
  literals: readonly KubernetesObject[],
): string {
  return `import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { namesOf, SHAPES } from '${NAMES_MODULE}';
const shapes = [
${shapes.map((templates) => `(n) => [${templates.map(printTemplate).join(',\n')}],`).join('\n')}
];
const app = new App({ outdir: process.argv[2], yamlOutputType: YamlOutputType.FILE_PER_RESOURCE });
const add = (name, objects) => {
  const chart = new Chart(app, name, { disableResourceNameHashes: true });
  for (const object of objects) new ApiObject(chart, object.kind + '-' + object.metadata.name, object);
};
for (const index of [${own.join()}]) {
  const names = namesOf(index);
  add(names.name, shapes[index % SHAPES](names));
}
add('system', JSON.parse(${JSON.stringify(JSON.stringify(literals.map(({ value }) => value)))}));
app.synth();
`;
}
