/** sled. Source: docs.rs/sled. */
import type { Engine } from './engine.ts';

export const sled = {
  name: 'sled',
  title: 'sled',
  listens: false,
  port: undefined,
  schemes: undefined,
  addressVariable: undefined,
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: 1,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
