/** Tantivy. Source: docs.rs/tantivy: one IndexWriter an index. */
import type { Engine } from './engine.ts';

export const tantivy = {
  name: 'tantivy',
  title: 'Tantivy',
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
