/** Vault. Source: developer.hashicorp.com/vault/docs/commands#environment-variables. */
import type { Engine } from './engine.ts';

export const vault = {
  name: 'vault',
  title: 'Vault',
  listens: true,
  port: undefined,
  schemes: { plain: 'http', encrypted: 'https' },
  addressVariable: 'VAULT_ADDR',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: 1,
  durable: false,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
