/** Memcached. Source: github.com/memcached/memcached/blob/master/doc/protocol.txt: a list of host and port, without a scheme. */
import type { Engine } from './engine.ts';

export const memcached = {
  name: 'memcached',
  title: 'Memcached',
  listens: true,
  port: 11211,
  schemes: undefined,
  addressVariable: 'MEMCACHED_SERVERS',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: false,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
