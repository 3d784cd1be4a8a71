/**
 * What makes two requests the same for a cache.
 *
 * Owns the isolation of tenants: the first part of every key is who asks, from the credential that was checked. Beside the
 * target stands everything that the runtime itself tells the upstream (host, scheme), so that no client can have an answer
 * kept that was made for his headers. Fields of `Vary` come after.
 */

import { hash } from 'node:crypto';
import { compareTexts } from '../../../../schemas/data/texts.ts';
import type { Route } from '../../../../schemas/runtime-policy.gen.ts';
import type { Exchange } from '../../../http/exchange.ts';
import type { Principal } from '../../../http/principal.ts';
import { forwardedHost, forwardedProto } from '../../../proxy/request-head.ts';
import { hashKey } from '../named-cache.ts';

export type CacheUse = NonNullable<Route['cache']>;

/** Undefined when it cannot be told for whom an answer would be. */
export function primaryKey(exchange: Exchange, route: Route, use: CacheUse): string | undefined {
  const who = audienceOf(exchange.principal, use.by);
  if (who === undefined) return undefined;
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  const asked = [method, exchange.path, sortQuery(exchange.query), bodyOf(exchange)];
  return hashKey([who, route.id, route.upstream, forwardedHost(exchange), forwardedProto(exchange), ...asked]);
}

/** The key among the answers that vary by these request fields; the key itself when there are none. */
export function variantKey(key: string, vary: readonly string[], { req }: Exchange): string {
  if (vary.length === 0) return key;
  return hashKey([key, vary.map((name) => [name, normalise(req.headers[name])])]);
}

/** A key without a tenant shares with nobody. */
function audienceOf(principal: Principal, by: CacheUse['by']): readonly unknown[] | undefined {
  switch (principal.kind) {
    case 'anonymous':
    case 'admin':
      return by.length === 0 ? [principal.kind] : undefined;
    case 'signature':
      // A secret has no user and no organisation.
      return by.every((part) => part === 'api-key') ? [principal.kind, principal.keyId] : undefined;
    case 'api-key': {
      const { keyId, tenant, user, organisation } = principal;
      const parts = { user, organisation, 'api-key': keyId };
      return [principal.kind, tenant === undefined ? { keyId } : { tenant }, by.map((part) => [part, parts[part]])];
    }
    default:
      return undefined;
  }
}

/** Sorted by name; values of one name keep their order, which may mean something. */
function sortQuery(query: string): string {
  if (!query.includes('&')) return query === '?' ? '' : query;
  const pairs = query.slice(1).split('&');
  return `?${pairs.sort((a, b) => compareTexts(nameOf(a), nameOf(b))).join('&')}`;
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? '';
}

function bodyOf({ method, body, req }: Exchange): readonly unknown[] | undefined {
  if (method !== 'POST') return undefined;
  const { 'content-type': type, 'content-encoding': encoding } = req.headers;
  return [type, encoding, hash('sha256', body ?? '', 'base64url')];
}

/** Space and the number of lines do not make a difference (RFC 9111, 4.1). */
function normalise(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' ? value : value.join(',');
  return text
    .split(',')
    .map((part) => part.trim())
    .join(',');
}
