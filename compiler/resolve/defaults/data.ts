/** Defaults of datastores and providers. */
import type { Default } from './default.ts';

export const DATA_DEFAULTS = {
  'backup-duration': {
    value: '10m',
    field: 'Datastore.spec.backup.duration',
    reason:
      'Long enough for small databases; the recovery point counts it, because a backup holds what was there when it began.',
  },
  'backup-encrypted': {
    value: true,
    field: 'Datastore.spec.backup.encrypted',
    reason: 'A backup is a copy of everything worth stealing.',
  },
  'breaker-failures': {
    value: 5,
    field: 'Provider.spec.breaker.failures',
    reason: 'A single failure is noise, five in a row are an outage.',
  },
  'breaker-open-for': {
    value: '30s',
    field: 'Provider.spec.breaker.openFor',
    reason: 'Gives the other side time to recover without keeping callers away for long.',
  },
  'breaker-probes': {
    value: 1,
    field: 'Provider.spec.breaker.halfOpenProbes',
    reason: 'One call is enough to learn whether it is back.',
  },
  'own-store-host': {
    value: '<name>.<namespace>.svc.cluster.local',
    field: 'Datastore.spec.host',
    reason: 'The Service of a store that the system runs itself in its namespace.',
  },
  'own-store-tls': {
    value: 'off',
    field: 'Datastore.spec.tls',
    reason:
      'Only its users in the same namespace can reach a store that the system runs itself; `required` needs a certificate.',
  },
  'pool-queue-max': {
    value: 1000,
    field: 'Provider.spec.pool.queue.max',
    reason: 'A queue without bound only delays the failure.',
  },
  'pool-queue-wait': {
    value: '30s',
    field: 'Provider.spec.pool.queue.wait',
    reason: 'A caller that waits longer has usually gone.',
  },
  'provider-timeout': {
    value: '60s',
    field: 'Provider.spec.timeout',
    reason: 'A call without an end holds its place in the pool for ever.',
  },
  'reserved-connections': {
    value: 3,
    field: 'Datastore.spec.reservedConnections',
    reason: 'PostgreSQL keeps three back for administrators (superuser_reserved_connections).',
  },
  'replicas-of-datastore': {
    value: 1,
    field: 'Datastore.spec.replicas',
    reason: 'One copy unless the spec asks for more.',
  },
} as const satisfies Readonly<Record<string, Default>>;
