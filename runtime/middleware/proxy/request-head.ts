/**
 * The head that an upstream gets: what the client sent and may say, then what the runtime says about it.
 *
 * Order matters: the client's fields are filtered first, by their Connection header too, and ours are added after.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { connectionNames, forwardsRequestField } from '../../policies/header-rules.ts';
import type { GatewayContext } from '../exchange.ts';

/** Flat name, value list. */
export function requestHead(ctx: GatewayContext, policy: RuntimePolicy, authority: string): string[] {
  const { exchange } = ctx.state;
  const { rawHeaders, headersDistinct } = ctx.req;
  const listed = connectionNames(headersDistinct['connection']);
  const head: string[] = ['host', authority];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    // A length that the client also lists in Connection would leave the body unframed.
    if (name !== 'content-length' && !forwardsRequestField(name, listed)) continue;
    if (isCredential(name, value, ctx, policy)) continue;
    head.push(name, value);
  }
  head.push(
    'x-request-id',
    exchange.requestId,
    'x-forwarded-for',
    exchange.client.forwardedFor,
    'x-real-ip',
    exchange.client.client,
    'x-forwarded-host',
    forwarded(ctx, 'x-forwarded-host') ?? ctx.req.headers.host ?? '',
    'x-forwarded-proto',
    forwardedProto(ctx),
  );
  addConsumer(head, ctx);
  return head;
}

/** A credential that was checked here ends here; so does a key that was sent to a route that needs none. */
function isCredential(name: string, value: string, ctx: GatewayContext, policy: RuntimePolicy): boolean {
  const { header, prefix } = policy.auth.apiKeys;
  const { route } = ctx.state.exchange;
  if (name === 'authorization') {
    return route?.auth === 'admin' || (header === name && (route?.auth === 'api-key' || value.includes(`${prefix}_`)));
  }
  return name === header && (route?.auth === 'api-key' || value.startsWith(`${prefix}_`));
}

function addConsumer(head: string[], ctx: GatewayContext): void {
  const { principal } = ctx.state.exchange;
  if (principal.kind !== 'api-key') return;
  const fields = {
    'x-consumer-key-id': principal.keyId,
    'x-consumer-key-type': principal.keyType,
    'x-consumer-tenant': principal.tenant,
    'x-consumer-user': principal.user,
    'x-consumer-organisation': principal.organisation,
  };
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && /^[!-~]+$/.test(value)) head.push(name, value);
    else if (value !== undefined) head.push(name, encodeURIComponent(value));
  }
}

function forwarded(ctx: GatewayContext, name: string): string | undefined {
  if (!ctx.state.exchange.client.peerTrusted) return undefined;
  const value = ctx.req.headersDistinct[name]?.[0];
  return value !== undefined && /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(value) ? value : undefined;
}

function forwardedProto(ctx: GatewayContext): string {
  return forwarded(ctx, 'x-forwarded-proto')?.toLowerCase() === 'https' ? 'https' : 'http';
}
