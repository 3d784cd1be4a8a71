/**
 * Asks one dependency whether it is there.
 *
 * The runtime's own database answers a query. PostgreSQL and Redis are greeted, as a server that hangs still takes
 * connections: they must say something, and it need not be yes, so no credential is needed. Everything else counts as up
 * while it takes a TCP connection.
 */

import { connect } from 'node:net';
import type { Dependency, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { settledWithin } from '../../resilience/timeout.ts';

export interface ProbeOptions {
  readonly policy: RuntimePolicy;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly askStorage: (name: string) => Promise<unknown>;
  /** Asks the Redis of the runtime, if `env` names its address: over TLS, behind sentinels or in a cluster nobody else can. */
  readonly askRedis: (env: string) => Promise<unknown> | undefined;
}

interface Protocol {
  readonly port: number;
  /** What a server of this kind answers, whoever asks; absent: a connection is enough. */
  readonly greeting?: Buffer;
}

const PROTOCOLS: Readonly<Record<'postgresql' | 'redis' | 'http', Protocol>> = {
  // SSLRequest: one byte comes back, S or N. https://www.postgresql.org/docs/current/protocol-message-formats.html
  postgresql: { port: 5432, greeting: Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]) },
  redis: { port: 6379, greeting: Buffer.from('PING\r\n') },
  http: { port: 80 },
};

export function createDependencyProbe({
  policy,
  env,
  askStorage,
  askRedis,
}: ProbeOptions): (dependency: Dependency) => Promise<boolean> {
  return async function probeDependency(dependency) {
    const { timeoutMs } = dependency;
    switch (dependency.kind) {
      case 'storage':
        return isDoneWithin(timeoutMs, askStorage(dependency.name));
      case 'upstream': {
        const targets = policy.upstreams[dependency.upstream]?.targets ?? [];
        const found = await Promise.all(targets.map((target) => answers(target, PROTOCOLS.http, timeoutMs)));
        return found.includes(true);
      }
      default: {
        const own = dependency.kind === 'redis' ? askRedis(dependency.env) : undefined;
        if (own !== undefined) return isDoneWithin(timeoutMs, own);
        const url = env[dependency.env];
        return url !== undefined && answers(url, PROTOCOLS[dependency.kind], timeoutMs);
      }
    }
  };
}

/** TLS begins with the client, so a server behind it is not greeted. */
const TLS_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'rediss:': 6379, 'mqtts:': 8883 };
const MQTT_PORT = 1883;

async function answers(url: string, { port: usual, greeting }: Protocol, timeoutMs: number): Promise<boolean> {
  if (!URL.canParse(url)) return false;
  const { hostname, port, protocol } = new URL(url);
  const tlsPort = TLS_PORTS[protocol];
  const fallback = protocol === 'mqtt:' ? MQTT_PORT : (tlsPort ?? usual);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: port === '' ? fallback : Number(port) });
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('connect', () => {
      if (greeting === undefined || tlsPort !== undefined) resolve();
      else socket.write(greeting);
    });
    socket.once('data', () => resolve());
    socket.once('end', () => reject(new Error('closed without a word')));
    // For good: what breaks after the answer is nobody's concern.
    socket.on('error', reject);
  });
  const isUp = await isDoneWithin(timeoutMs, answered);
  socket.destroy();
  return isUp;
}

async function isDoneWithin(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  return (await settledWithin(timeoutMs, work)).status === 'fulfilled';
}
