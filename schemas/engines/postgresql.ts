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
  server: {
    title: 'PostgreSQL',
    image: { before: 'docker.io/library/postgres:', after: '' },
    uid: 999,
    hasPassword: true,
    portName: 'postgresql',
    morePorts: [],
    exporter: {
      name: 'postgres',
      image: 'quay.io/prometheuscommunity/postgres-exporter:v0.17.1',
      port: 9187,
      passwordVariable: 'DATA_SOURCE_PASS',
    },
  },
  tools: { title: 'PostgreSQL', names: /postgres|postgresql|pg_?dump|pgbackrest|wal-g/, parts: 1 },
} as const satisfies Engine;
