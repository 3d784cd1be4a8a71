/** Supabase. Source: supabase.com/docs/guides/api. */
import type { Engine } from './engine.ts';

export const supabase = {
  name: 'supabase',
  title: 'Supabase',
  listens: true,
  port: 443,
  schemes: { plain: 'http', encrypted: 'https' },
  addressVariable: 'SUPABASE_URL',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: { title: 'PostgreSQL', names: /postgres|postgresql|pg_?dump/, parts: 1 },
} as const satisfies Engine;
