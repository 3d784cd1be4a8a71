/**
 * Texts that have the pattern of their schema and still mean nothing: `0 25 * * *`, `10.0.0.256/8`, `1s1h`.
 *
 * Owns the walk over schema and value, and which kinds of text are judged by a parser. Relies on a document that its schema accepts, and
 * on the parsers of `schemas/units`, so that what is accepted here can be read by every later stage.
 */

import { isMapping } from '../../schemas/data/mapping.ts';
import { followRef, type SchemaNode } from '../../schemas/spec/spec-fields.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { quoteText } from '../diagnostics/quote-text.ts';
import type { SpecPath } from '../source/source-document.ts';
import { formOf } from './describe-form.ts';
import { breaksBound, describeQuantity } from './describe-quantity.ts';
import { describePath } from './describe-value.ts';
import { explainCron } from './explain-cron.ts';
import { explainNetwork } from './explain-network.ts';
import type { ShapeProblem } from './problem.ts';

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
  if (!isMapping(value)) return branches;
  const inside = Object.entries(value).flatMap(([key, item]) => {
    const below = node.properties?.[key] ?? node.additionalProperties;
    return typeof below === 'object' ? findUnfit(below, item, [...path, key]) : [];
  });
  const names = isMapping(node['propertyNames']) ? node['propertyNames'] : {};
  const keys = Object.keys(value).flatMap((key): ShapeProblem[] => {
    const problem = judge(names, key, [...path, key]);
    return problem === undefined ? [] : [{ ...problem, part: 'key' }];
  });
  return [...branches, ...keys, ...inside];
}

function judge(node: SchemaNode, value: string | number, path: SpecPath): ShapeProblem | undefined {
  const kind = node['x-quantity'];
  if (typeof kind !== 'string') return undefined;
  const at = { path, part: 'value' } as const;
  const field = describePath(path);
  const quantity = describeQuantity(kind, value);
  if (quantity !== undefined) {
    if (quantity.isReadable) return explainBound(node, kind, value, path);
    const { info, expected, reason, hint } = quantity;
    return { ...at, info, message: `${field} must be ${expected}, got ${quoteText(String(value))}: ${reason}`, hint };
  }
  const [noun, fault] = JUDGES[kind]?.(String(value)) ?? [];
  if (noun === undefined || fault === undefined) return undefined;
  const message = `${field} must be ${noun}, got ${quoteText(String(value))}: ${fault.reason}`;
  return { ...at, info: VALIDATE.badText, message, hint: fault.hint };
}

/** A figure that is readable and beyond what the targets of its field can hold. */
function explainBound(
  node: SchemaNode,
  kind: string,
  value: string | number,
  path: SpecPath,
): ShapeProblem | undefined {
  for (const bound of ['most', 'least'] as const) {
    const limit = node[`x-${bound}`];
    if (typeof limit !== 'string' || !breaksBound(kind, value, bound, limit)) continue;
    const message = `${describePath(path)} must be at ${bound} ${limit}, got ${quoteText(String(value))}`;
    const info = bound === 'most' ? VALIDATE.quantityTooLarge : VALIDATE.outOfRange;
    return { info, path, part: 'value', message, hint: `Write at ${bound} \`${limit}\`.` };
  }
  return undefined;
}

type Judge = (
  text: string,
) => readonly [noun: string, fault: { readonly reason: string; readonly hint?: string | undefined } | undefined];

const JUDGES: Readonly<Record<string, Judge>> = {
  headerName: (text) => ['a field of the answer', explainHeader(text)],
  cron: (text) => ['a cron expression with five fields', explainCron(text)],
  cidr: (text) => ['a network in CIDR notation', explainNetwork(text)],
  host: (text) => ['a host name', hasLongPart(text) ? formOf('host')?.fault(text, '') : undefined],
  origin: (text) => ['a browser origin, which is scheme, host and port', explainHostAndPort(text)],
};

/** Fields that say where a message ends, how long the connection lives, or what only the service knows (RFC 9110, RFC 9112). */
const FRAMING =
  /^(connection|content-(length|encoding|range|type)|date|host|keep-alive|location|proxy-.*|set-cookie|te|trailer|transfer-encoding|upgrade)$/i;

const explainHeader = (name: string) =>
  FRAMING.test(name)
    ? {
        reason: 'it frames the message or belongs to the service, and on every answer it would break some',
        hint: 'Leave it to the server and the service.',
      }
    : undefined;

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
