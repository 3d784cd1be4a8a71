/** Qdrant. Source: qdrant.tech/documentation/guides/configuration. */
import type { Engine } from './engine.ts';

export const qdrant = {
  name: 'qdrant',
  title: 'Qdrant',
  listens: true,
  port: 6333,
  schemes: { plain: 'http', encrypted: 'https' },
  addressVariable: 'QDRANT_URL',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: { tool: 'qdrant-snapshot', methods: ['dump', 'file-copy', 'snapshot'] },
  tools: { title: 'Qdrant', names: /qdrant/, parts: 2 },
} as const satisfies Engine;
