/** NATS. Source: docs.nats.io/using-nats/developer/connecting. */
import type { Engine } from './engine.ts';

export const nats = {
  name: 'nats',
  title: 'NATS',
  listens: true,
  port: 4222,
  schemes: { plain: 'nats', encrypted: 'tls' },
  addressVariable: 'NATS_URL',
  namesDatabase: false,
  credentialsIn: 'address',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: false,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
