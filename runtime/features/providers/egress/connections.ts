/**
 * Connections to the targets of providers, one pool for each origin.
 *
 * Opens nothing before the first call. Certificates are always checked, redirects are never followed, and nothing but the
 * origins of the policy is ever connected to, and not an address of instance metadata either.
 */
import { Pool } from 'undici';
import { createConnector } from '../../../proxy/upstream-connector.ts';
import type { PlannedProvider } from '../plan-providers.ts';

export interface Connections {
  /** Follows a policy. Connections to origins that stay are kept; others are closed when their calls are over. */
  use(planned: ReadonlyMap<string, PlannedProvider>): void;
  /** Of an origin of the policy in force, or of one that a call in flight still needs. */
  pool(origin: string): Pool;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_MS = 4_000;
const MAX_HEAD_BYTES = 16_384;

export function createConnections(): Connections {
  const pools = new Map<string, Pool>();
  return {
    use(planned) {
      const origins = new Set([...planned.values()].flatMap(({ targets }) => targets.map(({ origin }) => origin)));
      for (const [origin, pool] of pools) {
        if (origins.has(origin)) continue;
        pools.delete(origin);
        void pool.close();
      }
    },
    pool(origin) {
      const pool = pools.get(origin) ?? openPool(origin);
      pools.set(origin, pool);
      return pool;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

function openPool(origin: string): Pool {
  return new Pool(origin, {
    // How many calls there are at once is decided by the pool of the provider.
    connections: null,
    connect: createConnector({ timeout: CONNECT_TIMEOUT_MS }),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEAD_BYTES,
    pipelining: 1,
    allowH2: false,
    // A call has one time limit of its own, which covers all of it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}
