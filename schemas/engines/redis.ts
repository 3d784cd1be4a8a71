/** Redis. Source: iana.org/assignments/uri-schemes (redis, rediss). */
import type { Engine } from './engine.ts';

export const redis = {
  name: 'redis',
  title: 'Redis',
  listens: true,
  port: 6379,
  schemes: { plain: 'redis', encrypted: 'rediss' },
  addressVariable: 'REDIS_URL',
  namesDatabase: false,
  credentialsIn: 'address',
  health: 'redis',
  exporter: 'redis',
  writers: undefined,
  durable: false,
  backup: { tool: 'redis-rdb', methods: ['dump', 'file-copy'] },
  tools: { title: 'Redis', names: /redis|valkey/, parts: 1 },
} as const satisfies Engine;
