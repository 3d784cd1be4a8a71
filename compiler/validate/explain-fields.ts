/**
 * What is wrong with the fields of a mapping: unknown, missing, and those that exclude each other.
 *
 * Owns the search for what was probably meant: a near name in this mapping, or the place where the field belongs.
 */

import type { Mapping } from '../../schemas/data/mapping.ts';
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteList, quoteText } from '../diagnostics/quote-text.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath, sentence } from './describe-value.ts';
import { exampleOf, printFlow } from './explain-type.ts';
import { findPlace } from './find-place.ts';
import { holderOf, type ShapeProblem } from './problem.ts';
import { fieldSynonymOf } from './synonyms.ts';

export interface MappingShape {
  readonly kind: string;
  readonly value: Mapping;
  readonly path: SpecPath;
  readonly node: SchemaNode;
  /** What is wrong with a value under a schema. */
  readonly explain: (shape: {
    readonly kind: string;
    readonly schema: SchemaNode;
    readonly value: unknown;
    readonly path: SpecPath;
  }) => readonly ShapeProblem[];
}

/** Fields that the schema does not know, and required ones that are not there. A misspelt required field is said once. */
export function explainFields(mapping: MappingShape): readonly ShapeProblem[] {
  const { node, value } = mapping;
  const known = Object.keys(node.properties ?? {});
  const isKnown = (key: string): boolean => known.includes(key) || isExtension(node, key);
  const unknown = node.additionalProperties === false ? Object.keys(value).filter((key) => !isKnown(key)) : [];
  const absent = known.filter((name) => !Object.hasOwn(value, name));
  const meant = new Map(unknown.map((key) => [key, meantBy(key, absent) ?? meantBy(key, known)]));
  const corrected = new Set(meant.values());
  const missing = (node.required ?? []).filter((name) => !Object.hasOwn(value, name) && !corrected.has(name));
  return [
    ...unknown.map((key) => unknownField(mapping, key, meant.get(key), known)),
    ...missing.map((name) => missingField(mapping, name)),
  ];
}

/** A word of another tool goes before a name that is merely spelt alike. */
const meantBy = (key: string, names: readonly string[]): string | undefined =>
  fieldSynonymOf(key, names) ?? suggestName(key, names);

/** A key such as `x-common` at the top of a document: a place for anchors, which nobody reads. */
const isExtension = (node: SchemaNode, key: string): boolean =>
  Object.keys(node.patternProperties ?? {}).some((pattern) => new RegExp(pattern, 'u').test(key));

function unknownField(
  { kind, path, value, explain }: MappingShape,
  key: string,
  meant: string | undefined,
  known: readonly string[],
): ShapeProblem {
  const where = path.length === 0 ? `a ${kind} document` : describePath(path);
  const fits = (schema: SchemaNode): boolean => explain({ kind, schema, value: value[key], path: [] }).length === 0;
  return {
    info: VALIDATE.unknownField,
    path: [...path, key],
    part: 'key',
    message: `unknown field ${quoteText(key)} in ${where}`,
    fix: meant,
    hint:
      meant === undefined
        ? (findPlace(kind, path, key, fits) ?? listKnown(known))
        : `Did you mean ${quoteText(meant)}?`,
  };
}

const listKnown = (known: readonly string[]): string =>
  known.length === 0
    ? 'Remove it; no field is known here.'
    : `Known fields here are ${quoteList(known, 'and', known.length)}.`;

function missingField({ kind, path, value, node }: MappingShape, name: string): ShapeProblem {
  const field = node.properties?.[name] && followRef(node.properties[name]);
  const example = field && exampleOf(field);
  const such = example === undefined ? '' : `, such as \`${name}: ${printFlow(example)}\``;
  const purpose = field?.description?.split('. ')[0]?.replace(/\.$/, '');
  return {
    info: VALIDATE.missingField,
    ...holderOf(value, path),
    message: `${path.length === 0 ? `a ${kind} document` : describePath(path)} needs the field ${quoteText(name)}`,
    hint: sentence(`add ${quoteText(name)}${such}${purpose === undefined ? '' : ` (${lowerFirst(purpose)})`}`),
  };
}

const lowerFirst = (text: string): string =>
  /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;

/** The fields of a choice such as `oneOf: [{ required: [value] }, { required: [secret] }]`; undefined for any other choice. */
export function exclusiveFields(branches: readonly SchemaNode[]): readonly string[] | undefined {
  const names = branches.map(({ required, ...rest }) =>
    Object.keys(rest).length === 0 && required?.length === 1 ? required[0] : undefined,
  );
  const known = names.flatMap((name) => name ?? []);
  return known.length === names.length ? known : undefined;
}

/** Exactly one of the fields must be there. */
export function explainExclusive({ path, value }: MappingShape, fields: readonly string[]): readonly ShapeProblem[] {
  const given = Object.keys(value).filter((key) => fields.includes(key));
  const [first, second] = given;
  if (first === undefined) {
    // A near miss is reported as an unknown field; it is the same slip.
    if (Object.keys(value).some((key) => suggestName(key, fields) !== undefined)) return [];
    const message = `${describePath(path)} needs one of the fields ${quoteList(fields)}`;
    return [
      { info: VALIDATE.unclearChoice, ...holderOf(value, path), message, hint: `Add one of ${quoteList(fields)}.` },
    ];
  }
  if (second === undefined) return [];
  return [
    {
      info: VALIDATE.excludedField,
      path: [...path, second],
      part: 'key',
      message: `${quoteList(given, 'and')} exclude each other in ${describePath(path)}`,
      hint: `Keep one of ${quoteList(given)}.`,
      related: { path: [...path, first], part: 'key', note: 'the other one' },
    },
  ];
}
