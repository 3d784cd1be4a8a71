/** RabbitMQ. Source: rabbitmq.com/docs/uri-spec; 5671 is the usual port with TLS. */
import type { Engine } from './engine.ts';

export const rabbitmq = {
  name: 'rabbitmq',
  title: 'RabbitMQ',
  listens: true,
  port: 5672,
  schemes: { plain: 'amqp', encrypted: 'amqps' },
  addressVariable: 'AMQP_URL',
  namesDatabase: false,
  credentialsIn: 'address',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
