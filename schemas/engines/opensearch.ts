/** OpenSearch. Source: opensearch.org/docs/latest/clients. */
import type { Engine } from './engine.ts';

export const opensearch = {
  name: 'opensearch',
  title: 'OpenSearch',
  listens: true,
  port: 9200,
  schemes: { plain: 'http', encrypted: 'https' },
  addressVariable: 'OPENSEARCH_URL',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
