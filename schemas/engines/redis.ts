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
  server: {
    title: 'Redis',
    image: { before: 'docker.io/library/redis:', after: '' },
    uid: 999,
    hasPassword: true,
    portName: 'redis',
    morePorts: [],
    exporter: {
      name: 'redis',
      image: 'docker.io/oliver006/redis_exporter:v1.67.0',
      port: 9121,
      passwordVariable: 'REDIS_PASSWORD',
    },
  },
  tools: { title: 'Redis', names: /redis|valkey/, parts: 1 },
} as const satisfies Engine;
