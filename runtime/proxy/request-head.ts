/**
 * The head that an upstream gets: what the client sent and may say, then what the runtime says about it.
 *
 * Order matters: the client's fields are filtered first, by their Connection header too, and ours are added after.
 */
import { TLSSocket } from 'node:tls';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../http/exchange.ts';
import { readForwardedHost, readForwardedProto } from '../http/forwarded-fields.ts';
import { connectionNames, forwardsRequestField } from '../http/header-rules.ts';

/** Flat name, value list. `traceparent`: the call of this attempt where it is recorded; default, the request itself. */
export function requestHead(
  exchange: Exchange,
  policy: RuntimePolicy,
  authority: string,
  traceparent = exchange.trace.forwarded,
): string[] {
  const { names } = exchange;
  const { rawHeaders, headers } = exchange.req;
  const listed = connectionNames(headers.connection);
  const hidden = exchange.tap?.hidden;
  const head: string[] = ['host', askedHost(exchange, policy) ?? authority];
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    // A length that the client also lists in Connection would leave the body unframed.
    if (name !== 'content-length' && !forwardsRequestField(name, listed)) continue;
    const value = rawHeaders[2 * index + 1] ?? '';
    if (hidden?.has(name)) continue;
    if (!isCredential(name, value, exchange, policy)) head.push(name, value);
  }
  const { requestId, client } = exchange;
  head.push('x-request-id', requestId, 'x-forwarded-for', client.forwardedFor, 'x-real-ip', client.client);
  head.push('x-forwarded-host', forwardedHost(exchange) ?? '');
  head.push('x-forwarded-proto', forwardedProto(exchange));
  if (traceparent !== undefined) head.push('traceparent', traceparent);
  if (exchange.trace.carriesState) addTraceState(head, exchange);
  addConsumer(head, exchange);
  return head;
}

/** The Host that the client asked for, where the upstream is to see it; undefined for its own. */
function askedHost(exchange: Exchange, { upstreams }: RuntimePolicy): string | undefined {
  const { route } = exchange;
  const upstream = route === undefined ? undefined : upstreams[route.upstream];
  return upstream?.host === 'keep' ? forwardedHost(exchange) : undefined;
}

/** Whether the upstream sees a credential that the runtime did not check. */
export function forwardsCredential(exchange: Exchange, policy: RuntimePolicy): boolean {
  const { cookie, authorization } = exchange.req.headers;
  if (cookie !== undefined) return true;
  return authorization !== undefined && !isCredential('authorization', authorization, exchange, policy);
}

/** A credential that was checked here ends here, unless the service checks it too; so does a key that was sent to a route that needs none. */
function isCredential(name: string, value: string, { route }: Exchange, policy: RuntimePolicy): boolean {
  const { header, prefix } = policy.auth.apiKeys;
  if (route?.credentials === 'forward') return false;
  if (name === 'authorization') {
    return (
      route?.auth === 'admin-key' || (header === name && (route?.auth === 'api-key' || value.includes(`${prefix}_`)))
    );
  }
  if (name !== header) return false;
  // A single tenant's key has no form by which it could be told.
  return route?.auth === 'api-key' || policy.auth.tenants?.single !== undefined || value.startsWith(`${prefix}_`);
}

/** What a trusted peer says of the trace, line by line. */
function addTraceState(head: string[], { names, req }: Exchange): void {
  for (const [index, name] of names.entries()) {
    if (name === 'tracestate' || name === 'baggage') head.push(name, req.rawHeaders[2 * index + 1] ?? '');
  }
}

function addConsumer(head: string[], { principal }: Exchange): void {
  if (principal.kind === 'signature') add(head, 'x-consumer-key-id', principal.keyId);
  if (principal.kind !== 'api-key') return;
  add(head, 'x-consumer-key-id', principal.keyId);
  add(head, 'x-consumer-key-type', principal.keyType);
  add(head, 'x-consumer-tenant', principal.tenant);
  add(head, 'x-consumer-user', principal.user);
  add(head, 'x-consumer-organisation', principal.organisation);
}

function add(head: string[], name: string, value: string | undefined): void {
  if (value !== undefined) head.push(name, /^[!-~]+$/.test(value) ? value : encodeURIComponent(value));
}

/** Every line of such a field, from a peer that may send it. */
function forwarded({ client, names, req }: Exchange, name: string): readonly string[] {
  if (!client.peerTrusted || !names.includes(name)) return [];
  return names.flatMap((known, index) => (known === name ? [req.rawHeaders[2 * index + 1] ?? ''] : []));
}

/** The host that the client asked for. */
export function forwardedHost(exchange: Exchange): string | undefined {
  return readForwardedHost(forwarded(exchange, 'x-forwarded-host')) ?? exchange.req.headers.host;
}

/** What a trusted proxy says, else whether the connection to here is encrypted. */
export function forwardedProto(exchange: Exchange): 'http' | 'https' {
  const said = readForwardedProto(forwarded(exchange, 'x-forwarded-proto'));
  return said ?? (exchange.req.socket instanceof TLSSocket ? 'https' : 'http');
}
