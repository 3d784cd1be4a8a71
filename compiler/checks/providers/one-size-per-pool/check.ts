/**
 * providers/one-size-per-pool
 *
 * Owns one claim: providers that share a pool declare it alike, since it is one pool.
 */
import type { PoolModel } from '../../../resolve/model/index.ts';
import type { Check } from '../../check.ts';

const FIELDS = ['maxConcurrent', 'env', 'queueMax', 'queueWait'] as const;

export const oneSizePerPool: Check = {
  id: 'providers/one-size-per-pool',
  code: 'SW-480',
  severity: 'error',
  title: 'Providers declare one pool in two ways',
  why: 'A shared pool has one size and one queue; the gateway refuses a policy that says two.',
  hint: 'Write the same `pool` on each provider that shares it, also in environments, or give each a name of its own.',
  run: ({ providers }) =>
    providers.flatMap(({ name, pool }, index) => {
      const first = providers.find((other) => other.pool?.name === pool?.name);
      if (pool === undefined || first?.pool === undefined || first === providers[index]) return [];
      const field = FIELDS.find((one) => pool[one] !== first.pool?.[one]);
      if (field === undefined) return [];
      return [
        {
          at: pool.origin.of(field),
          related: [{ at: first.pool.origin.of(field), note: `\`${first.name}\` declares it here` }],
          message: `\`${name}\` and \`${first.name}\` share the pool \`${pool.name}\` and disagree about it`,
          arithmetic: [`${describe(first.name, first.pool)} is not ${describe(name, pool)}`],
        },
      ];
    }),
};

const describe = (name: string, { maxConcurrent, env, queueMax, queueWait }: PoolModel): string =>
  `${name}: ${maxConcurrent} in flight${env === undefined ? '' : ` or ${env}`}, ${queueMax} waiting for ${queueWait} ms`;
