/** Hardware security module. None is common to all makers. */
import type { Engine } from './engine.ts';

export const hsm = {
  name: 'hsm',
  title: 'Hardware security module',
  listens: true,
  port: 443,
  schemes: undefined,
  addressVariable: undefined,
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: false,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
