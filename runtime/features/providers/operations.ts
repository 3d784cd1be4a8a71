/** Providers and the pools that bound their calls. */
import { json, type Operation, operation, operationWithBody, problem } from '../../http/operations/operation.ts';
import { COUNT, list, object, present, SWITCH, TEXT, TEXTS } from '../../http/operations/schemas.ts';
import type { Providers } from './providers.ts';

const POOL = object({ name: TEXT, configured: COUNT, size: COUNT, inUse: COUNT, waiting: COUNT });
const PROVIDER = object({
  name: TEXT,
  'pool?': TEXT,
  'fallback?': TEXT,
  targets: TEXTS,
  isConfigured: SWITCH,
  inFlight: COUNT,
});

export interface PoolParts {
  readonly providers: Pick<Providers, 'pools' | 'list' | 'resetPool'>;
}

export function poolOperations({ providers }: PoolParts): readonly Operation[] {
  return [
    operation({
      id: 'listPools',
      method: 'GET',
      path: '/v1/admin/pools',
      summary: 'Pools of this replica, and the providers that share them.',
      access: 'admin',
      answers: {
        200: { description: 'All of them.', schema: object({ items: list(POOL), providers: list(PROVIDER) }) },
      },
      run: () =>
        json(200, {
          items: providers.pools(),
          providers: providers.list().map((provider) => present({ ...provider })),
        }),
    }),
    operationWithBody<{ readonly name: string }>({
      id: 'resetPool',
      method: 'POST',
      path: '/v1/admin/pools/reset',
      summary: 'Forgets that providers throttled a pool of this replica: it has its whole size again.',
      access: 'admin',
      body: object({ name: TEXT }),
      answers: { 200: { description: 'The pool as it is now.', schema: object({ pool: POOL }) } },
      change: (_call, { name }) => ({ action: 'pool.reset', subject: name }),
      run(_call, { name }) {
        providers.resetPool(name);
        const pool = providers.pools().find((listed) => listed.name === name);
        return pool === undefined ? problem(404, 'There is no such pool.') : json(200, { pool });
      },
    }),
  ];
}
