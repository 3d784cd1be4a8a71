/**
 * From YAML nodes to plain data, in one walk.
 *
 * Owns what the spec language makes of YAML: keys are texts and unique, merge keys are applied, aliases are expanded within bounds,
 * numbers are exact and finite, tags are refused. Relies on a tree of bounded depth. An aliased value is shared, not copied; nothing
 * downstream changes a value.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { isMapping, type Mapping } from '../../schemas/data/mapping.ts';
import { SOURCE } from '../diagnostics/codes/source.ts';
import type { CodeInfo } from '../diagnostics/diagnostic.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import { TEMPLATE_HINT } from './explain-slip.ts';
import { MAX_DEPTH } from './read-documents.ts';

/** How many values aliases and merge keys may add to one document. */
const MAX_ALIASED_VALUES = 10_000;

/** A finding about nodes; whoever knows the file turns nodes into spans. */
export interface NodeProblem {
  readonly info: CodeInfo;
  readonly node: Node;
  readonly message: string;
  readonly hint?: string;
  readonly related?: { readonly node: Node; readonly note: string };
  /** Whether the rest of the document still means what it says. */
  readonly isFatal: boolean;
}

export interface BuiltValue {
  readonly value: unknown;
  /** What each alias stands for, so that paths can be followed through it. */
  readonly targets: ReadonlyMap<Alias, Node>;
  readonly problems: readonly NodeProblem[];
}

export function buildValue(root: Node): BuiltValue {
  const build: Build = { anchors: new Map(), targets: new Map(), problems: [], count: 0, aliased: 0, deepest: 0 };
  const value = buildNode(build, root, 1);
  return { value, targets: build.targets, problems: build.problems };
}

/** Whether an entry is a merge key: `<<` without quotes. */
export const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === '<<' && key.type === Scalar.PLAIN;

/** The text of a key, or undefined when the entry is left out of the value. */
export function keyText(key: unknown): string | undefined {
  return isScalar(key) && typeof key.value === 'string' && !RESERVED.has(key.value) ? key.value : undefined;
}

const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** A finished anchor. `size` counts its values, `height` its levels, both with aliases expanded. */
interface Anchor {
  readonly node: Node;
  readonly value: unknown;
  readonly size: number;
  readonly height: number;
}

interface Build {
  readonly anchors: Map<string, Anchor | 'open'>;
  readonly targets: Map<Alias, Node>;
  readonly problems: NodeProblem[];
  /** Values made so far, with aliases expanded. */
  count: number;
  /** How many of them aliases added. */
  aliased: number;
  /** The deepest level reached since the enclosing anchor began. */
  deepest: number;
}

type Obj = Record<string, unknown>;

function buildNode(build: Build, node: Node, depth: number): unknown {
  if (isAlias(node)) return aliasValue(build, node, depth);
  const anchor = 'anchor' in node ? node.anchor : undefined;
  return anchor === undefined ? plainValue(build, node, depth) : anchoredValue(build, node, anchor, depth);
}

function plainValue(build: Build, node: Node, depth: number): unknown {
  build.count += 1;
  if (depth > build.deepest) build.deepest = depth;
  if (isMap(node)) return mapValue(build, node, depth);
  if (isSeq(node)) return sequenceValue(build, node, depth);
  return isScalar(node) ? scalarValue(build, node) : null;
}

function anchoredValue(build: Build, node: Node, name: string, depth: number): unknown {
  const { count, deepest } = build;
  build.anchors.set(name, 'open');
  build.deepest = depth;
  const value = plainValue(build, node, depth);
  build.anchors.set(name, { node, value, size: build.count - count, height: build.deepest - depth });
  build.deepest = Math.max(deepest, build.deepest);
  return value;
}

function aliasValue(build: Build, alias: Alias, depth: number): unknown {
  const anchor = build.anchors.get(alias.source);
  if (anchor === undefined) {
    const message = `the alias ${quoteText(`*${alias.source}`)} has no anchor ${quoteText(`&${alias.source}`)} before it`;
    return fail(build, SOURCE.unknownAlias, alias, message);
  }
  if (anchor === 'open')
    return fail(
      build,
      SOURCE.aliasLoop,
      alias,
      `the alias ${quoteText(`*${alias.source}`)} stands inside its own anchor`,
    );
  build.targets.set(alias, anchor.node);
  if (depth + anchor.height > MAX_DEPTH)
    return fail(
      build,
      SOURCE.tooDeep,
      alias,
      `the alias ${quoteText(`*${alias.source}`)} nests more than ${MAX_DEPTH} levels`,
    );
  build.deepest = Math.max(build.deepest, depth + anchor.height);
  build.count += anchor.size;
  build.aliased += anchor.size;
  // Said once: at the alias that goes over the limit.
  if (build.aliased > MAX_ALIASED_VALUES && build.aliased - anchor.size <= MAX_ALIASED_VALUES)
    fail(build, SOURCE.tooManyAliases, alias, `aliases add more than ${MAX_ALIASED_VALUES} values to this document`);
  return anchor.value;
}

function sequenceValue(build: Build, { items }: YAMLSeq, depth: number): unknown[] {
  const values: unknown[] = [];
  for (const item of items) values.push(isNode(item) ? buildNode(build, item, depth + 1) : null);
  return values;
}

function mapValue(build: Build, { items }: YAMLMap, depth: number): Obj {
  const object: Obj = {};
  let merge: Merge | undefined;
  for (const pair of items) {
    // In document order, so that anchors are known to what follows them.
    const value = isNode(pair.value) ? buildNode(build, pair.value, depth + 1) : null;
    const isMerge = isMergeKey(pair.key);
    const key = acceptKey(build, pair);
    if (key === undefined) continue;
    if (isMerge ? merge !== undefined : Object.hasOwn(object, key)) reportDuplicate(build, items, pair, key);
    else if (!isMerge) object[key] = value;
    else if (isNode(pair.value)) merge = { source: pair.value, value };
  }
  // Last, because what a mapping says itself wins over what it merges.
  if (merge) mergeInto(build, object, merge);
  return object;
}

interface Merge {
  readonly source: Node;
  readonly value: unknown;
}

function acceptKey(build: Build, { key }: Pair): string | undefined {
  const text = keyText(key);
  if (text !== undefined || !isNode(key)) return text;
  // `port: {{ .Values.port }}` is a mapping with a mapping as its key, to YAML.
  if (isMap(key) && key.flow)
    fail(
      build,
      SOURCE.badKey,
      key,
      'two opening brackets begin a template, and the spec is read as it stands',
      TEMPLATE_HINT,
    );
  else if (isScalar(key) && typeof key.value === 'string')
    report(build, SOURCE.reservedKey, key, `the key ${quoteText(key.value)} is reserved`);
  else report(build, SOURCE.badKey, key, `the key is ${describeKey(key)}, but every key is a text`);
  return undefined;
}

function describeKey(key: Node): string {
  if (isAlias(key)) return `the alias ${quoteText(`*${key.source}`)}`;
  if (!isScalar(key)) return isMap(key) ? 'a mapping' : 'a list';
  if (key.value === null) return 'empty';
  return `the ${typeof key.value} ${quoteText(key.source ?? String(key.value))}`;
}

function reportDuplicate(build: Build, items: readonly Pair[], { key }: Pair, text: string): void {
  if (!isNode(key)) return;
  const first = build.problems.length < MAX_RELATED ? items.find((item) => keyText(item.key) === text)?.key : undefined;
  const related = isNode(first) && { related: { node: first, note: 'first given here' } };
  report(build, SOURCE.duplicateKey, key, `the key ${quoteText(text)} is given twice in this mapping`, related || {});
}

// Looking up the first place costs a walk over the mapping, so a file of duplicates only gets it for the findings that are shown.
const MAX_RELATED = 1000;

function mergeInto(build: Build, object: Obj, { source, value }: Merge): void {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  const bad = parts.findIndex((part) => !isMapping(part));
  if (bad >= 0) {
    const item: unknown = isSeq(source) ? source.items[bad] : source;
    const culprit = isNode(item) ? item : source;
    // An alias that could not be followed has been reported already.
    if (isAlias(culprit) && !build.targets.has(culprit)) return;
    fail(build, SOURCE.badMerge, culprit, '`<<` merges mappings, and this is none');
    return;
  }
  // Earlier sources win over later ones.
  for (const part of parts) if (isMapping(part)) addMissing(object, part);
}

function addMissing(object: Obj, part: Mapping): void {
  for (const key of Object.keys(part)) if (!Object.hasOwn(object, key)) object[key] = part[key];
}

function scalarValue(build: Build, node: Scalar): unknown {
  const { value } = node;
  if (typeof value !== 'number') return value;
  const text = quoteText(node.source ?? String(value));
  if (!Number.isFinite(value)) return fail(build, SOURCE.notFinite, node, `${text} is not a finite number`);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return fail(build, SOURCE.inexactNumber, node, `${text} is too large to be held exactly`);
  if (/^`[-+]?0\d/.test(text))
    report(build, SOURCE.leadingZero, node, `${text} is ${value} to YAML 1.2 and may be octal to other tools`);
  return value === 0 ? 0 : value;
}

function report(build: Build, info: CodeInfo, node: Node, message: string, more: Partial<NodeProblem> = {}): void {
  build.problems.push({ info, node, message, isFatal: false, ...more });
}

function fail(build: Build, info: CodeInfo, node: Node, message: string, hint?: string): undefined {
  report(build, info, node, message, { isFatal: true, ...(hint !== undefined && { hint }) });
}
