/**
 * The head that a client gets: what the policies have set, then what the upstream said and may say.
 *
 * A field that a policy owns is never sent twice: the upstream's is left out, except for lists, which are joined, and for
 * X-RateLimit-*, where the tighter of two limits is told.
 */
import type { ServerResponse } from 'node:http';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import { connectionNames, passesResponseField } from '../../policies/header-rules.ts';
import { tellDecision } from '../decision.ts';
import type { Exchange } from '../exchange.ts';
import { flushHead, type HeadFields, writeHead } from '../write-head.ts';
import { isBodiless } from './content.ts';
import { withPublicLocation } from './public-location.ts';

export interface UpstreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Writes the head; false, with nothing written, when HTTP does not allow it. */
export function sendResponseHead(
  exchange: Exchange,
  res: ServerResponse,
  head: UpstreamHead,
  policy: RuntimePolicy,
  phase: Phase,
): boolean {
  const { route, req } = exchange;
  tellDecision(exchange);
  const fields = joinFields(
    exchange,
    withPublicLocation(exchange, head, policy),
    policy.cors.owner === 'runtime' && route?.cors === true,
  );
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

export function joinFields(
  { fields: mine }: Exchange,
  { status, headers }: UpstreamHead,
  ownsCors: boolean,
): HeadFields {
  const listed = connectionNames(headers['connection']);
  const fields: HeadFields = [...mine];
  const isTheirsTighter = leavesLess(headers['x-ratelimit-remaining'], mine);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || !passesResponseField(name, listed)) continue;
    if (isOurs(name, status, ownsCors)) continue;
    const index = nameIndex(mine, name);
    if (index === -1) fields.push(name, value);
    else if (LISTS.has(name)) fields[index + 1] = [mine[index + 1] ?? '', value].flat();
    else if (isTheirsTighter && LEGACY_LIMITS.has(name)) fields[index + 1] = value;
  }
  return fields;
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
