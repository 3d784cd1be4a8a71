/**
 * The head that a client gets: what the policies have set, then what the upstream said and may say.
 *
 * A field that a policy owns is never sent twice: the upstream's is left out, except for lists, which are joined, for
 * X-RateLimit-*, where the tighter of two limits is told, and for the security of a page, which its service knows best.
 */

import type { ServerResponse } from 'node:http';
import { isPageHeader } from '../../schemas/page-headers.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { isBodiless } from '../http/content.ts';
import { tellDecision } from '../http/decision.ts';
import type { Exchange } from '../http/exchange.ts';
import { connectionNames, passesResponseField } from '../http/header-rules.ts';
import type { Phase } from '../http/phase.ts';
import type { ResponseHead } from '../http/write-head.ts';
import { flushHead, type HeadFields, writeHead } from '../http/write-head.ts';
import { withPublicLocation } from './public-location.ts';

/** Writes the head; false, with nothing written, when HTTP does not allow it. */
export function sendResponseHead(
  exchange: Exchange,
  res: ServerResponse,
  head: ResponseHead,
  policy: RuntimePolicy,
  phase: Phase,
): boolean {
  const { route, req } = exchange;
  tellDecision(exchange);
  const fields = joinFields(exchange, withPublicLocation(exchange, head, policy), policy);
  // What is left of an unread body would stand before the next request.
  if (phase.isStopping || !req.complete) fields.push('connection', 'close');
  try {
    writeHead(res, head.status, fields);
  } catch {
    return false;
  }
  if (route?.kind === 'sse') flushHead(res);
  return true;
}

const LEGACY_LIMITS = new Set(['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']);
const LISTS = new Set(['vary', 'ratelimit', 'ratelimit-policy', 'set-cookie']);

type Owners = Pick<RuntimePolicy, 'cors' | 'securityHeaders'>;

export function joinFields(exchange: Exchange, { status, headers }: ResponseHead, policy: Owners): HeadFields {
  const { fields: mine, route } = exchange;
  const listed = connectionNames(headers['connection']);
  const fields: HeadFields = [...mine];
  const ownsCors = policy.cors.owner === 'runtime' && route?.ownCors !== true;
  const isTheirsTighter = leavesLess(headers['x-ratelimit-remaining'], mine);
  const isPage = route?.pages === true;
  if (isPage) setPageDefaults(fields, policy);
  const isTheirs = (name: string): boolean =>
    (isPage && isPageHeader(name)) || (isTheirsTighter && LEGACY_LIMITS.has(name));
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !passesResponseField(name, listed)) continue;
    if (isOurs(name, status, ownsCors)) continue;
    const index = nameIndex(mine, name);
    if (index === -1) fields.push(name, value);
    else if (LISTS.has(name)) fields[index + 1] = [mine[index + 1] ?? '', value].flat();
    else if (isTheirs(name)) fields[index + 1] = value;
  }
  return fields;
}

/** What the environment says of pages, in the place of what it says of other answers. */
function setPageDefaults(fields: HeadFields, { securityHeaders: { owner, pages = {} } }: Owners): void {
  if (owner !== 'runtime') return;
  for (const name in pages) {
    const index = fields.findIndex((field, at) => at % 2 === 0 && field === name);
    if (index !== -1) fields[index + 1] = pages[name] ?? '';
  }
}

/** Fields of an upstream that do not hold here: CORS has one owner, and some clients wait for the length of what was not sent. */
function isOurs(name: string, status: number, ownsCors: boolean): boolean {
  return (isBodiless(status) && name === 'content-length') || (ownsCors && name.startsWith('access-control-'));
}

/** Whether the upstream leaves its caller fewer requests than the policies here. */
function leavesLess(theirs: string | string[] | undefined, mine: readonly string[]): boolean {
  const index = nameIndex(mine, 'x-ratelimit-remaining');
  return index !== -1 && typeof theirs === 'string' && /^\d+$/.test(theirs) && Number(theirs) < Number(mine[index + 1]);
}

function nameIndex(fields: readonly string[], name: string): number {
  for (let index = 0; index < fields.length; index += 2) if (fields[index] === name) return index;
  return -1;
}
