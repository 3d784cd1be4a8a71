/**
 * The library form in a host application, with callers that say themselves who they are: tests of limits by key, tenant or
 * user need no database.
 */

import { createServer } from 'node:http';
import Koa from 'koa';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { KeyDirectory } from '../features/identity/key-directory.ts';
import type { GatewayState } from '../http/exchange.ts';
import type { ApiKeyPrincipal } from '../http/principal.ts';
import { type PoliciesOptions, policies } from '../library.ts';
import { bind } from './servers.ts';

export interface LibraryApp {
  /** Calls as somebody; anonymous without `as`. */
  call(
    path: string,
    as?: Caller,
    headers?: Readonly<Record<string, string>>,
    method?: string,
    body?: string,
  ): Promise<Response>;
  scrape(): Promise<string>;
}

export type Caller = Partial<Omit<ApiKeyPrincipal, 'kind'>>;

export async function startLibraryApp(
  policy: RuntimePolicy,
  later: (cleanUp: () => Promise<unknown>) => void,
  options: PoliciesOptions = {},
): Promise<LibraryApp> {
  const enforce = policies(policy, { keys: SELF_DECLARED, ...options });
  const app = new Koa<GatewayState>();
  app.use(enforce);
  app.use((ctx) => {
    ctx.body = 'ok';
  });
  const server = createServer(app.callback());
  const url = `http://127.0.0.1:${await bind(server)}`;
  later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return {
    async call(path, as, headers = {}, method = 'GET', body?: string) {
      const key = as === undefined ? {} : { 'x-api-key': encodeURIComponent(JSON.stringify(as)) };
      const response = await fetch(url + path, {
        method,
        headers: { ...headers, ...key },
        ...defined({ body }),
      });
      await response.clone().arrayBuffer();
      return response;
    },
    scrape: () => enforce.metrics.scrape(),
  };
}

/** A key is the JSON of its holder; anything else is unknown. */
const SELF_DECLARED: KeyDirectory = {
  verify(text) {
    try {
      const told: Caller = JSON.parse(decodeURIComponent(text));
      const principal: ApiKeyPrincipal = {
        kind: 'api-key',
        keyId: told.keyId ?? 'k1',
        keyType: told.keyType,
        tenant: told.tenant,
        tier: told.tier,
        user: told.user,
        organisation: told.organisation,
        roles: told.roles ?? [],
      };
      return { kind: 'known', principal, grace: undefined };
    } catch {
      return { kind: 'denied', reason: 'unknown' };
    }
  },
  used: () => undefined,
};
