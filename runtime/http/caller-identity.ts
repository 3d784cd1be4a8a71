/**
 * Whose budget a request draws on.
 *
 * Two identities never share one by accident: each says what it is. Users are named by their tenant, since two tenants may both
 * have an "admin"; a key without the wanted identity is limited by its own id.
 */
import type { Limit, Route } from '../../schemas/runtime-policy.gen.ts';
import type { ApiKeyPrincipal, Principal } from './principal.ts';

export interface Subject {
  readonly client: { readonly key: string };
  readonly principal: Principal;
}

export function identityOf(per: Limit['per'], route: Route, { client, principal }: Subject): string {
  switch (per) {
    case 'client':
      return `client:${client.key}`;
    case 'route':
      return `route:${route.id}`;
    case 'global':
      return 'global';
    default:
      // A signer has no tenant or user: whoever holds the secret is one caller.
      if (principal.kind === 'signature') return `signer:${principal.keyId}`;
      return principal.kind === 'api-key' ? keyIdentity(per, principal) : `client:${client.key}`;
  }
}

function keyIdentity(per: 'api-key' | 'tenant' | 'user' | 'organisation', principal: ApiKeyPrincipal): string {
  const own = `key:${principal.keyId}`;
  switch (per) {
    case 'api-key':
      return own;
    case 'tenant':
      return principal.tenant === undefined ? own : `tenant:${principal.tenant}`;
    case 'organisation':
      return principal.organisation === undefined ? own : `organisation:${principal.organisation}`;
    case 'user':
      return principal.user === undefined ? own : `user:${principal.tenant ?? ''}/${principal.user}`;
  }
}
