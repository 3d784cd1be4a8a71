/** MongoDB. Source: mongodb.com/docs/manual/reference/connection-string. */
import type { Engine } from './engine.ts';

export const mongodb = {
  name: 'mongodb',
  title: 'MongoDB',
  listens: true,
  port: 27017,
  schemes: { plain: 'mongodb', encrypted: 'mongodb' },
  addressVariable: 'MONGODB_URI',
  namesDatabase: false,
  credentialsIn: 'address',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
