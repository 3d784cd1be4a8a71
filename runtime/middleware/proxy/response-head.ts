/**
 * The head that a client gets: what the policies have set, then what the upstream said and may say.
 *
 * A field that a policy owns is never sent twice: the upstream's is left out, except for lists, which are joined.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import type { Phase } from '../../lifecycle/phase.ts';
import { connectionNames, passesResponseField } from '../../policies/header-rules.ts';
import type { GatewayContext } from '../exchange.ts';

export interface UpstreamHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** Writes the head, and takes the response out of Koa's hands; false, with nothing written, when HTTP does not allow it. */
export function sendResponseHead(
  ctx: GatewayContext,
  head: UpstreamHead,
  policy: RuntimePolicy,
  phase: Phase,
): boolean {
  const { res, req } = ctx;
  const { route } = ctx.state.exchange;
  const before = Object.entries(res.getHeaders());
  try {
    addFields(ctx, head, policy.cors.owner === 'runtime' && route?.cors === true);
    // What is left of an unread body would stand before the next request.
    if (phase.isStopping || !req.complete) res.setHeader('connection', 'close');
    res.writeHead(head.status);
  } catch {
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    for (const [name, value] of before) if (value !== undefined) res.setHeader(name, value);
    return false;
  }
  ctx.respond = false;
  if (route?.kind === 'sse') res.flushHeaders();
  return true;
}

function addFields(ctx: GatewayContext, { headers }: UpstreamHead, ownsCors: boolean): void {
  const listed = connectionNames(headers['connection']);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !passesResponseField(name, listed)) continue;
    if (ownsCors && name.startsWith('access-control-')) continue;
    addField(ctx, name, value);
  }
}

const LISTS = new Set(['vary', 'ratelimit', 'ratelimit-policy', 'set-cookie']);

function addField({ res }: GatewayContext, name: string, value: string | string[]): void {
  const mine = res.getHeader(name);
  if (mine === undefined) res.setHeader(name, value);
  else if (LISTS.has(name)) res.setHeader(name, [mine, value].flat().map(String));
}
