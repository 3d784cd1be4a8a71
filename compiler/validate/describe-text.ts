/**
 * Why a text does not have the form that a field asks for.
 *
 * Owns the words for names, paths and the other forms of the schemas: what the form is, what was written, and the nearest text that
 * would do. Quantities with units are `describe-quantity.ts`, paths, hosts and the like `describe-form.ts`.
 */
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import type { CodeInfo } from '../diagnostics/diagnostic.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import { TEMPLATE_HINT } from '../source/explain-slip.ts';
import { formOf } from './describe-form.ts';
import { describeQuantity } from './describe-quantity.ts';
import { describeValue, sentence } from './describe-value.ts';
import { explainCron } from './explain-cron.ts';

export interface TextReason {
  readonly info: CodeInfo;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `field` is how the message names the field, `node` the schema that the value breaks. */
export function describeText(field: string, node: SchemaNode, value: string | number): TextReason {
  const kind = typeof node['x-quantity'] === 'string' ? node['x-quantity'] : '';
  const quantity = describeQuantity(kind, value);
  if (quantity) {
    const { info, expected, reason, hint } = quantity;
    return { info, message: `${field} must be ${expected}, got ${quoteText(String(value))}: ${reason}`, hint };
  }
  if (typeof value === 'string' && NAME_KINDS.has(kind)) return describeName(field, node, value);
  if (typeof value === 'string' && kind === 'cron') return describeCron(field, value);
  return describeForm(field, node, kind, value);
}

/** Names of ports, by RFC 6335. */
const LONGEST_PORT_NAME = 15;
const NAME_KINDS: ReadonlySet<string> = new Set(['name', 'portName']);

function describeName(field: string, node: SchemaNode, value: string): TextReason {
  if (/[/\\]|^\.{1,2}$/.test(value))
    return { info: VALIDATE.pathInName, message: `${field} must be a name, not a path, got ${quoteText(value)}` };
  const isPort = node['x-quantity'] === 'portName';
  const longest = isPort ? LONGEST_PORT_NAME : 63;
  const better = value
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(isPort ? /--+/g : /(?!)/, '-')
    .replace(isPort ? /^(?!.*[a-z])(?=.)/ : /(?!)/, 'port-')
    .slice(0, longest)
    .replace(/^-+|-+$/g, '');
  return {
    info: VALIDATE.badName,
    message: `${field} ${nameFault(value, longest)}, got ${describeValue(value)}`,
    hint:
      better === ''
        ? undefined
        : `Write ${quoteText(better)}, or another name of lower-case letters, digits and \`-\`.`,
  };
}

function nameFault(value: string, longest: number): string {
  const isPort = longest === LONGEST_PORT_NAME;
  if (value === '') return 'must not be empty';
  if (value.length > longest) return `must have at most ${longest} characters and has ${value.length}`;
  if (/[A-Z]/.test(value)) return 'must be in lower case';
  const strange = /[^a-z0-9-]/u.exec(value)?.[0];
  if (strange !== undefined) return `must not hold ${strange === ' ' ? 'a space' : quoteText(strange)}`;
  if (isPort && !/[a-z]/.test(value)) return 'must hold a letter, because Kubernetes takes a number for a port';
  if (isPort && value.includes('--')) return 'must not hold two dashes side by side';
  return 'must start and end with a letter or digit';
}

function describeCron(field: string, value: string): TextReason {
  const message = `${field} must be a cron expression with five fields, got ${quoteText(value)}`;
  const fault = explainCron(value);
  return { info: VALIDATE.badText, message: fault ? `${message}: ${fault.reason}` : message, hint: fault?.hint };
}

function describeForm(field: string, node: SchemaNode, kind: string, value: string | number): TextReason {
  if (typeof value === 'string' && value.includes('{{'))
    return { info: VALIDATE.badText, message: `${field} holds a template, ${quoteText(value)}`, hint: TEMPLATE_HINT };
  const form = formOf(kind);
  const fault = typeof value === 'string' ? form?.fault(value, field) : undefined;
  // The definition says what the form is; the field's own description says what the field is for.
  const definition = kind === '' ? node : followRef({ $ref: `common.schema.json#/$defs/${kind}` });
  const words = (definition.description === undefined ? node : definition).description;
  const example = (node.examples ?? definition.examples)?.find((item) => typeof item === 'string');
  const such = typeof example === 'string' ? `, such as ${quoteText(example)}` : '';
  const hint =
    words === undefined
      ? `Write it${such || ' in the expected form'}.`
      : sentence(`${words.replace(/\.$/, '')}${such}`);
  if (form && fault) {
    const message = `${field} must be ${form.noun}, got ${quoteText(String(value))}: ${fault.reason}`;
    return { info: VALIDATE.badText, message, hint: fault.hint ?? hint };
  }
  return {
    info: VALIDATE.badText,
    message: `${field} does not have the expected form, got ${describeValue(value)}`,
    hint,
  };
}
