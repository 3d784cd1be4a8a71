/** ClickHouse. Source: clickhouse.com/docs/interfaces/http. */
import type { Engine } from './engine.ts';

export const clickhouse = {
  name: 'clickhouse',
  title: 'ClickHouse',
  listens: true,
  port: 8123,
  schemes: { plain: 'http', encrypted: 'https' },
  addressVariable: 'CLICKHOUSE_URL',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
