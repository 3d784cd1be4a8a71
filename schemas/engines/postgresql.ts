/** PostgreSQL. Source: postgresql.org/docs/current/libpq-connect.html. Whether it is encrypted is said by `sslmode`, not by the scheme. */
import type { Engine } from './engine.ts';

export const postgresql = {
  name: 'postgresql',
  title: 'PostgreSQL',
  listens: true,
  port: 5432,
  schemes: { plain: 'postgresql', encrypted: 'postgresql' },
  addressVariable: 'DATABASE_URL',
  namesDatabase: true,
  credentialsIn: 'address',
  health: 'postgresql',
  exporter: 'postgres',
  writers: undefined,
  durable: true,
  backup: { tool: 'pg-dump', methods: ['dump'] },
  tools: { title: 'PostgreSQL', names: /postgres|postgresql|pg_?dump|pgbackrest|wal-g/, parts: 1 },
} as const satisfies Engine;
