/** MariaDB. Source: mariadb.com/kb/en/connecting-to-mariadb; clients take the scheme of MySQL. */
import type { Engine } from './engine.ts';

export const mariadb = {
  name: 'mariadb',
  title: 'MariaDB',
  listens: true,
  port: 3306,
  schemes: { plain: 'mysql', encrypted: 'mysql' },
  addressVariable: 'DATABASE_URL',
  namesDatabase: true,
  credentialsIn: 'address',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
