/** Another engine. The spec says its port and protocol itself. */
import type { Engine } from './engine.ts';

export const other = {
  name: 'other',
  title: 'Another engine',
  listens: true,
  port: undefined,
  schemes: undefined,
  addressVariable: undefined,
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
