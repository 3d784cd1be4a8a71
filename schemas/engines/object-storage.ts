/** Object storage. Source: docs.aws.amazon.com/AmazonS3/latest/API. */
import type { Engine } from './engine.ts';

export const objectStorage = {
  name: 'object-storage',
  title: 'Object storage',
  listens: true,
  port: 443,
  schemes: { plain: 'http', encrypted: 'https' },
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
