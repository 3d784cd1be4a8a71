/** Apache Kafka. Source: kafka.apache.org/documentation (bootstrap.servers): a list of host and port, without a scheme. */
import type { Engine } from './engine.ts';

export const kafka = {
  name: 'kafka',
  title: 'Apache Kafka',
  listens: true,
  port: 9092,
  schemes: undefined,
  addressVariable: 'KAFKA_BROKERS',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: true,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
