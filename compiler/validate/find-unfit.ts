/**
 * Texts that have the pattern of their schema and still mean nothing: `0 25 * * *`, `10.0.0.256/8`, `1s1h`.
 *
 * Owns the walk over schema and value, and which kinds of text are judged by a parser. Relies on a document that its schema accepts, and
 * on the parsers of `schemas/units`, so that what is accepted here can be read by every later stage.
 */
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpecPath } from '../source/source-document.ts';
import { formOf } from './describe-form.ts';
import { describeQuantity } from './describe-quantity.ts';
import { describePath } from './describe-value.ts';
import { explainCron } from './explain-cron.ts';
import { explainNetwork } from './explain-network.ts';
import { isObject, type ShapeProblem } from './problem.ts';

export function findUnfit(schema: SchemaNode, value: unknown, path: SpecPath = []): readonly ShapeProblem[] {
  const node = followRef(schema);
  const branches = (node.anyOf ?? []).flatMap((branch) => findUnfit(branch, value, path));
  if (typeof value === 'string' || typeof value === 'number') {
    const problem = judge(node, value, path);
    return problem === undefined ? branches : [problem];
  }
  if (Array.isArray(value)) {
    const { items } = node;
    return items === undefined ? branches : value.flatMap((item, index) => findUnfit(items, item, [...path, index]));
  }
  if (!isObject(value)) return branches;
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const below = node.properties?.[key] ?? node.additionalProperties;
    return typeof below === 'object' ? findUnfit(below, item, [...path, key]) : [];
  });
  return [...branches, ...inside];
}

function judge(node: SchemaNode, value: string | number, path: SpecPath): ShapeProblem | undefined {
  const kind = node['x-quantity'];
  if (typeof kind !== 'string') return undefined;
  const at = { path, part: 'value' } as const;
  const field = describePath(path);
  const quantity = describeQuantity(kind, value);
  if (quantity !== undefined) {
    if (quantity.isReadable) return undefined;
    const { info, expected, reason, hint } = quantity;
    return { ...at, info, message: `${field} must be ${expected}, got ${quoteText(String(value))}: ${reason}`, hint };
  }
  const [noun, fault] = JUDGES[kind]?.(String(value)) ?? [];
  if (noun === undefined || fault === undefined) return undefined;
  const message = `${field} must be ${noun}, got ${quoteText(String(value))}: ${fault.reason}`;
  return { ...at, info: VALIDATE.badText, message, hint: fault.hint };
}

type Judge = (
  text: string,
) => readonly [noun: string, fault: { readonly reason: string; readonly hint?: string | undefined } | undefined];

const JUDGES: Readonly<Record<string, Judge>> = {
  cron: (text) => ['a cron expression with five fields', explainCron(text)],
  cidr: (text) => ['a network in CIDR notation', explainNetwork(text)],
  host: (text) => ['a host name', hasLongPart(text) ? formOf('host')?.fault(text, '') : undefined],
  origin: (text) => ['a browser origin, which is scheme, host and port', explainHostAndPort(text)],
};

const hasLongPart = (host: string): boolean => host.split('.').some((part) => part.length > 63);

function explainHostAndPort(text: string) {
  const [, host = '', port = ''] = /^https?:\/\/([^:]*):?(\d*)$/.exec(text) ?? [];
  if (Number(port) > 65535) return { reason: `port ${port} does not exist`, hint: 'Write a port up to 65535.' };
  if (hasLongPart(host) || host.length > 253)
    return { reason: 'its host is too long', hint: 'Write a host of parts up to 63 characters.' };
  if (/(^|\.)-|-(\.|$)|\.\./.test(host))
    return {
      reason: 'each part of its host must start and end with a letter or digit',
      hint: 'Write the host as the browser shows it.',
    };
  return undefined;
}
