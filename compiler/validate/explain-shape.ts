/**
 * What is wrong with a document that its schema refuses, in the words of the spec.
 *
 * ajv decides whether a document is valid; this walk over the same schema says why, because ajv reports every branch of a choice and
 * knows neither places nor what was meant. Owns the reduction to one finding a cause. `explain-shape.test.ts` shows that the two agree,
 * and that every keyword in `schemas/spec/` is known here.
 */

import { isMapping, type Mapping } from '../../schemas/data/mapping.ts';
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteList, quoteText } from '../diagnostics/quote-text.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { TEMPLATE_HINT } from '../source/explain-slip.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describeText } from './describe-text.ts';
import { describePath, describeValue, isOfType } from './describe-value.ts';
import { exclusiveFields, explainExclusive, explainFields } from './explain-fields.ts';
import { explainList } from './explain-list.ts';
import { explainNumber } from './explain-number.ts';
import { explainWrongType, typesOf } from './explain-type.ts';
import type { ShapeProblem } from './problem.ts';
import { alternativeTo, synonymOf } from './synonyms.ts';

/** A value and the schema that it should fit. `kind` is the kind of the document. */
export interface Shape {
  readonly kind: string;
  readonly schema: SchemaNode;
  readonly value: unknown;
  readonly path: SpecPath;
}

/** Every reason why the value does not fit; none when it does. */
export function explainShape(shape: Shape): readonly ShapeProblem[] {
  const node = followRef(shape.schema);
  const choice = explainChoice(shape, node);
  if (choice !== undefined) return choice;
  return explainType(shape, node) ?? [...explainAllowed(shape, node), ...explainContent(shape, node)];
}

/** A choice between forms; undefined where the schema offers none, or offers one between fields of a mapping. */
function explainChoice(shape: Shape, node: SchemaNode): readonly ShapeProblem[] | undefined {
  const branches = branchesOf(node);
  if (branches.length === 0 || exclusiveFields(branches)) return undefined;
  const fitting = branches.filter((branch) => {
    const types = typesOf(followRef(branch));
    return types.length === 0 || isOfType(shape.value, types);
  });
  const attempts = fitting.map((schema) => explainShape({ ...shape, schema }));
  if (attempts.some((problems) => problems.length === 0)) return [];
  // The branch with the fewest faults is the one that was meant; of equals, the first.
  const [best] = attempts.toSorted((a, b) => a.length - b.length);
  return (
    best ?? [
      explainWrongType(
        shape.path,
        shape.value,
        branches.map((branch) => followRef(branch)),
      ),
    ]
  );
}

const branchesOf = (node: SchemaNode): readonly SchemaNode[] => [...(node.anyOf ?? []), ...listOf(node['oneOf'])];

const listOf = (value: unknown): readonly SchemaNode[] => (Array.isArray(value) ? value : []);

function explainType(shape: Shape, node: SchemaNode): readonly ShapeProblem[] | undefined {
  const types = typesOf(node);
  if (types.length === 0 || isOfType(shape.value, types)) return undefined;
  // `timeout: 15` is a number in YAML; what is wrong with it is the unit.
  if (typeof shape.value === 'number' && types.includes('string') && typeof node['x-quantity'] === 'string') {
    const reason = describeText(describePath(shape.path), node, shape.value);
    if (reason.info !== VALIDATE.badText) return [{ ...reason, path: shape.path, part: 'value' }];
  }
  return [explainWrongType(shape.path, shape.value, [node])];
}

function explainAllowed({ path, value }: Shape, node: SchemaNode): readonly ShapeProblem[] {
  const allowed = 'const' in node ? [node['const']] : node.enum;
  if (allowed === undefined || allowed.includes(value)) return [];
  const names = allowed.map(String);
  const hint = typeof value === 'string' ? allowedHint(path, value, names) : undefined;
  const message = `${describePath(path)} must be ${quoteList(names)}, got ${describeValue(value)}`;
  const fix = typeof value === 'string' ? (synonymOf(value, names) ?? suggestName(value, names)) : undefined;
  return [{ info: VALIDATE.notAllowed, path, part: 'value', message, hint, fix }];
}

/** What was probably meant. The message lists what is allowed, so it is not said again. */
function allowedHint(path: SpecPath, value: string, names: readonly string[]): string | undefined {
  const meant = synonymOf(value, names);
  if (meant !== undefined) return `Write \`${path.at(-1) ?? ''}: ${meant}\`.`.replace(/`\d+: /, '`');
  const alternative = alternativeTo(value, names);
  if (alternative !== undefined) return alternative;
  if (value.includes('{{')) return TEMPLATE_HINT;
  const near = suggestName(value, names);
  return near && `Did you mean ${quoteText(near)}?`;
}

function explainContent(shape: Shape, node: SchemaNode): readonly ShapeProblem[] {
  const { value } = shape;
  if (typeof value === 'string') return explainString(shape, node, value);
  if (typeof value === 'number') return explainNumber(shape.path, node, value);
  if (Array.isArray(value)) return explainItems(shape, node, value);
  return isMapping(value) ? explainMapping(shape, node, value) : [];
}

function explainString({ path }: Shape, node: SchemaNode, value: string): readonly ShapeProblem[] {
  const field = describePath(path);
  const at = { path, part: 'value' } as const;
  const { pattern, minLength, maxLength, not } = node;
  if (typeof minLength === 'number' && value.length < minLength) {
    const message = `${field} must not be empty`;
    return [{ ...at, info: VALIDATE.wrongLength, message, hint: 'Write a text, or leave the field out.' }];
  }
  if (matches(pattern, value) === false || (isMapping(not) && matches(not['pattern'], value)))
    return [{ ...at, ...describeText(field, node, value) }];
  if (typeof maxLength === 'number' && [...value].length > maxLength) {
    const message = `${field} must have at most ${maxLength} characters and has ${[...value].length}`;
    return [{ ...at, info: VALIDATE.wrongLength, message }];
  }
  return [];
}

/** Whether the text fits; undefined where the schema has no pattern. The `u` flag is what ajv uses. */
const matches = (pattern: unknown, value: string): boolean | undefined =>
  typeof pattern === 'string' ? new RegExp(pattern, 'u').test(value) : undefined;

function explainItems(shape: Shape, node: SchemaNode, value: readonly unknown[]): readonly ShapeProblem[] {
  const { items } = node;
  const inside =
    items === undefined
      ? []
      : value.flatMap((item, index) =>
          explainShape({ ...shape, schema: items, value: item, path: [...shape.path, index] }),
        );
  return [...explainList(shape.path, node, value), ...inside];
}

function explainMapping(shape: Shape, node: SchemaNode, value: Mapping): readonly ShapeProblem[] {
  const { kind, path } = shape;
  const mapping = { kind, value, path, node, explain: explainShape };
  const fields = exclusiveFields(branchesOf(node));
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const schema = schemaOf(node, key);
    return schema === undefined ? [] : explainShape({ ...shape, schema, value: item, path: [...path, key] });
  });
  return [
    ...explainFields(mapping),
    ...explainNames(shape, node, value),
    ...explainCount(shape, node, value),
    ...(fields && fields.length > 0 ? explainExclusive(mapping, fields) : []),
    ...inside,
  ];
}

function schemaOf({ properties, additionalProperties }: SchemaNode, key: string): SchemaNode | undefined {
  if (properties && Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === 'object' ? additionalProperties : undefined;
}

/** Keys that are names themselves, such as those of `services`. */
function explainNames({ kind, path }: Shape, node: SchemaNode, value: Mapping): readonly ShapeProblem[] {
  const schema = node['propertyNames'];
  if (!isMapping(schema)) return [];
  return Object.keys(value).flatMap((key) =>
    explainShape({ kind, schema, value: key, path: [...path, key] }).map((problem) => ({
      ...problem,
      part: 'key' as const,
    })),
  );
}

function explainCount({ path }: Shape, { minProperties }: SchemaNode, value: Mapping): readonly ShapeProblem[] {
  if (typeof minProperties !== 'number' || Object.keys(value).length >= minProperties) return [];
  const message = `${describePath(path)} must have at least ${minProperties === 1 ? 'one entry' : `${minProperties} entries`}`;
  return [{ info: VALIDATE.wrongCount, path, part: 'value', message }];
}
