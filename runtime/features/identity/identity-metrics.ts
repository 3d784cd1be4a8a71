/** Keys, tenants and the database behind them as metrics, read at each scrape. */
import type { PoolReading } from '../../storage/postgres/database.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { IdentityState } from './open-identity.ts';

export function exportIdentity(registry: MetricRegistry, state: IdentityState): void {
  const pools = (): readonly (readonly ['primary' | 'replica', PoolReading])[] => [
    ['primary', state.primary],
    ...(state.replica === undefined ? [] : [['replica', state.replica] as const]),
  ];
  registry.gauge('database_up', () => [[Number(state.isUp), {}]]);
  registry.gauge('database_listening', () => [[Number(state.isListening), {}]]);
  registry.gauge('database_pool_connections', () =>
    pools().flatMap(([pool, { inUse, idle }]) => [
      [inUse, { pool, state: 'in_use' }] as const,
      [idle, { pool, state: 'idle' }] as const,
    ]),
  );
  registry.gauge('database_pool_waiting', () => pools().map(([pool, { waiting }]) => [waiting, { pool }]));
  registry.gauge('database_pool_max_connections', () => pools().map(([pool, { max }]) => [max, { pool }]));
  registry.gauge('identity_cached_rows', () =>
    Object.entries(state.cached).flatMap(([kind, { found, absent }]) => [
      [found, { kind, state: 'found' }] as const,
      [absent, { kind, state: 'absent' }] as const,
    ]),
  );
  registry.total('api_key_grace_uses_total', () =>
    [...state.graceUses].map(([keyType, uses]) => [uses, { key_type: keyType }]),
  );
  if (state.replica === undefined) return;
  registry.gauge('database_replica_used', () => [[Number(state.replica?.isUsed === true), {}]]);
  // Unknown is as bad as endless: an alert on the lag must fire.
  registry.gauge('database_replica_lag_seconds', () => [
    [(state.replica?.lagMs ?? Number.POSITIVE_INFINITY) / 1_000, {}],
  ]);
  registry.total('database_reads_total', () => [
    [state.reads.primary, { pool: 'primary' }],
    [state.reads.replica, { pool: 'replica' }],
  ]);
}
