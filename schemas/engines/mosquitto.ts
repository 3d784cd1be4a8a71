/** Eclipse Mosquitto. Source: mosquitto.org/man/mosquitto-conf-5.html; 8883 is the usual port with TLS. */
import type { Engine } from './engine.ts';

export const mosquitto = {
  name: 'mosquitto',
  title: 'Eclipse Mosquitto',
  listens: true,
  port: 1883,
  schemes: { plain: 'mqtt', encrypted: 'mqtts' },
  addressVariable: 'MQTT_URL',
  namesDatabase: false,
  credentialsIn: 'variable',
  health: undefined,
  exporter: undefined,
  writers: undefined,
  durable: false,
  backup: undefined,
  tools: undefined,
} as const satisfies Engine;
