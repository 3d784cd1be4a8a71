/**
 * Changes of one field in a spec, and what they change behind it.
 */
import { parseAllDocuments, stringify } from 'yaml';
import { SPEC_SCHEMAS } from '../../schemas/spec/spec-fields.ts';
import type { Outcome } from '../diagnostics/diagnostic.ts';
import { emitArtifacts } from '../emitters/emit-artifacts.ts';
import type { EmitterEntry } from '../emitters/emitter.ts';
import { EMITTERS } from '../emitters/registry.ts';
import { type Analysis, analyse, type Compilation, compile } from '../pipeline.ts';
import type { Model } from '../resolve/model/index.ts';
import type { SourceFile } from '../source/source-document.ts';
import { candidatesFor, childOf, type Leaf } from './spec-leaves.ts';

export type Documents = readonly Record<string, unknown>[];

export interface Change {
  readonly before: Documents;
  readonly after: Documents;
}

export const documentsOf = (text: string): Documents =>
  parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);

/** Every way to change this field in the documents; where it is nowhere, it is put in from the examples of the schemas. */
export function* changesOf(documents: Documents, leaf: Leaf): Generator<Change> {
  for (const [index, document] of documents.entries()) {
    if (document['kind'] !== leaf.kind) continue;
    for (const place of placesIn(document, leaf)) yield* changesAt(documents, index, place, leaf);
  }
}

/** A field that none of so many other values changes anything by is read by nobody. */
const MOST_VALUES = 9;

/** Names and positions from the document to the field. */
type Place = readonly (string | number)[];

function* changesAt(documents: Documents, index: number, place: Place, leaf: Leaf): Generator<Change> {
  const before = structuredClone(documents);
  const root = before[index];
  if (root === undefined || !fillIn(root, place, leaf)) return;
  const present = get(root, place);
  const change = (value: unknown): Change => {
    const after = structuredClone(before);
    set(after[index], place, value);
    return { before, after };
  };
  const values = candidatesFor(leaf, present);
  yield* values.slice(0, 3).map(change);
  if (present !== undefined && !leaf.isRequired) yield change(undefined);
  yield* values.slice(3, MOST_VALUES).map(change);
}

/** Where the field is or could be: in every item of a list and every entry of a map that is there. */
function placesIn(document: unknown, { path }: Leaf): readonly Place[] {
  let places: readonly { readonly at: Place; readonly value: unknown }[] = [{ at: [], value: document }];
  for (const step of path)
    places = places.flatMap(({ at, value }) =>
      keysOf(value, step).map((key) => ({ at: [...at, key], value: get(value, [key]) })),
    );
  const found = places.map(({ at }) => at);
  // Those that hold a value already say most.
  return [...found].sort((a, b) => Number(get(document, b) !== undefined) - Number(get(document, a) !== undefined));
}

function keysOf(value: unknown, step: string): readonly (string | number)[] {
  if (step === '[]') return Array.isArray(value) && value.length > 0 ? value.map((_, index) => index) : [0];
  if (step !== '*') return [step];
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return names.length > 0 ? names : ['other'];
}

/** Puts the parents of a field in, each as its example; false where the spec holds something of another shape there. */
function fillIn(root: Record<string, unknown>, place: Place, { kind, path }: Leaf): boolean {
  let schema = SPEC_SCHEMAS[kind];
  for (const [depth, step] of path.slice(0, -1).entries()) {
    schema = schema === undefined ? undefined : childOf(schema, step);
    const at = place.slice(0, depth + 1);
    const present = get(root, at);
    if (present === undefined) {
      const next = path[depth + 1];
      const example = schema?.examples?.[0] ?? (next === '[]' ? [] : {});
      if (typeof example !== 'object' || example === null) return false;
      set(root, at, structuredClone(example));
    } else if (typeof present !== 'object') return false;
  }
  return true;
}

function get(root: unknown, place: Place): unknown {
  let value = root;
  for (const step of place) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function set(root: unknown, place: Place, value: unknown): void {
  const parent = get(root, place.slice(0, -1));
  const key = place.at(-1);
  if (typeof parent !== 'object' || parent === null || key === undefined) return;
  if (value === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
}

/** Most documents of a spec are as they were before the change. */
const printed = new Map<string, string>();

function print(document: Documents[number]): string {
  const key = JSON.stringify(document);
  const text = printed.get(key) ?? stringify(document, { aliasDuplicateObjects: false });
  printed.set(key, text);
  return text;
}

const sourcesOf = (documents: Documents): Outcome<readonly SourceFile[]> => {
  const bytes = new TextEncoder().encode(documents.map(print).join('---\n'));
  return { value: [{ path: 'spec/all.yaml', bytes }], diagnostics: [] };
};

const OPTIONS = { specRoot: 'spec', today: '2026-11-21' };

export const compileDocuments = (documents: Documents): Promise<Compilation> => compile(sourcesOf(documents), OPTIONS);

/** A spec that is compiled as far as somebody looks: its findings, and the files of a target when they are asked for. */
export interface Observed extends Analysis {
  /** Text by path; empty where an error forbids it. */
  filesOf(emitter: EmitterEntry): Promise<ReadonlyMap<string, string>>;
}

export function observe(documents: Documents): Observed {
  const analysis = analyse(sourcesOf(documents), OPTIONS);
  const models = analysis.hasError ? [] : analysis.models;
  const known = new Map<string, Promise<ReadonlyMap<string, string>>>();
  return {
    ...analysis,
    filesOf(emitter) {
      const files = known.get(emitter.id) ?? emit(models, emitter);
      known.set(emitter.id, files);
      return files;
    },
  };
}

async function emit(models: readonly Model[], emitter: EmitterEntry): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const model of models)
    for (const { path, text } of await emitArtifacts(model, [emitter]))
      found.set(`${model.system.name}/${model.environment.name}/${path}`, text);
  return found;
}

/** Codes of findings that came, went or say something else; undefined where the schema refuses what was tried. */
export function changedFindings(before: Analysis, after: Analysis): readonly string[] | undefined {
  if (after.diagnostics.some(({ code }) => /^SW-[12]/.test(code))) return undefined;
  const [old, now] = [findingsOf(before), findingsOf(after)];
  const findings = [...old, ...now].filter((finding) => !(old.has(finding) && now.has(finding)));
  return [...new Set(findings.map((finding) => finding.slice(0, 'SW-000'.length)))].sort();
}

const findingsOf = ({ diagnostics }: Analysis): ReadonlySet<string> =>
  new Set(diagnostics.map(({ code, message }) => `${code} ${message}`));

/** The first target whose files changed; the index, which tells where the others came from, is none of them. */
export async function changedTarget(before: Observed, after: Observed): Promise<string | undefined> {
  if (before.hasError || after.hasError) return undefined;
  for (const emitter of CHEAPEST_FIRST) {
    const [old, now] = [await before.filesOf(emitter), await after.filesOf(emitter)];
    if ([...new Set([...old.keys(), ...now.keys()])].some((path) => old.get(path) !== now.get(path))) return emitter.id;
  }
  return undefined;
}

/** Kubernetes and Prometheus write most of a tree. */
const CHEAPEST_FIRST = EMITTERS.toSorted((a, b) => costOf(a) - costOf(b));

function costOf({ id }: EmitterEntry): number {
  return ['kubernetes', 'prometheus', 'grafana'].includes(id) ? 1 : 0;
}
