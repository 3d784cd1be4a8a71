/** MySQL. Source: dev.mysql.com/doc/refman/8.4/en/connecting-using-uri-or-key-value-pairs.html. */
import type { Engine } from './engine.ts';

export const mysql = {
  name: 'mysql',
  title: 'MySQL',
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
