/**
 * The one connection to Redis that all parts of the runtime share.
 *
 * Owns connecting, and how fast a command fails: while the server is away at once, when it does not answer after
 * `commandTimeoutMs`. What to do then is declared by each part that asks; nothing is queued, and nothing is tried again
 * behind its back. Reconnects for ever, at random intervals, so that replicas do not come back all at once. An address or a
 * password never reaches a message.
 */

import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { defined } from '../../../schemas/data/defined.ts';
import { within } from '../../resilience/timeout.ts';
import type { RedisAddress } from './plan-redis.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createSubscriber, type Subscription } from './subscriber.ts';

export interface SharedRedis {
  /** For commands. In cluster mode the keys of one command must share a slot: put what they share in braces. */
  readonly client: Redis | Cluster;
  readonly mode: RedisAddress['mode'];
  /** What every key and channel of this system in this environment starts with, such as `harbour:test:`. */
  readonly prefix: string;
  /** Whether there is a connection that was greeted. A server that froze since is told by `within` alone. */
  readonly isUp: boolean;
  /** Connections lost so far. */
  readonly losses: number;
  /** Settles when connecting was tried once, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  /**
   * Waits for a command at most `commandTimeoutMs`, then fails with `TimeoutError`. A reply that came in while this process
   * was busy is in time.
   */
  within<Reply>(command: Promise<Reply>): Promise<Reply>;
  /** Listens to a channel on a connection of its own; call the answer to stop. Never fails: it connects when it can. */
  subscribe(channel: string, subscription: Subscription): () => void;
  close(): Promise<void>;
}

export interface OpenRedisOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  /** Default: 50. */
  readonly commandTimeoutMs?: number | undefined;
  /** Hears of each change, and of a first attempt that failed. `error` is why it is away, where that is known. */
  readonly onChange: (isUp: boolean, error: Error | undefined) => void;
}

const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection on which commands wait and nothing comes in for so long is given up, and another is tried. */
const SILENCE_MS = 2_000;
const CLUSTER_RETRY_MS = 10;
const READONLY_RETRY_MS = 10_000;

export function openRedis(options: OpenRedisOptions): SharedRedis {
  const { address, prefix, commandTimeoutMs = COMMAND_TIMEOUT_MS, onChange } = options;
  const client = createClient(address, commandTimeoutMs);
  const subscriber = createSubscriber(() => createSubscriberClient(client));
  let state: 'new' | 'up' | 'away' | 'closed' = 'new';
  let losses = 0;
  let lastError: Error | undefined;

  const firstAttempt = new Promise<void>((resolve) => {
    const enter = (next: 'up' | 'away') => {
      resolve();
      if (state === next || state === 'closed') return;
      if (state === 'up') losses += 1;
      state = next;
      onChange(next === 'up', next === 'up' ? undefined : lastError);
      lastError = undefined;
    };
    client.on('error', (error: Error) => {
      lastError = error;
    });
    client.on('ready', () => enter('up'));
    client.on('close', () => enter('away'));
  });

  return {
    client,
    mode: address.mode,
    prefix,
    firstAttempt,
    get isUp() {
      return state === 'up';
    },
    get losses() {
      return losses;
    },
    within: (command) => within(commandTimeoutMs, command),
    subscribe: (channel, subscription) => subscriber.subscribe(channel, subscription),
    async close() {
      state = 'closed';
      subscriber.close();
      client.disconnect();
    },
  };
}

function createClient(address: RedisAddress, commandTimeoutMs: number): Redis | Cluster {
  const { mode, nodes, master, database, username, password, tls } = address;
  const common = {
    ...defined({ username, password }),
    ...(tls ? { tls: {} } : {}),
    // A second bound: `within` is the first, and knows whether it was this process that was late.
    commandTimeout: commandTimeoutMs * 2,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
  } satisfies RedisOptions;
  if (mode === 'cluster') {
    return new Cluster(
      nodes.map(({ host, port }) => ({ host, port })),
      {
        redisOptions: common,
        enableOfflineQueue: false,
        clusterRetryStrategy: (attempt) => retryDelayMs(attempt),
        clusterNodeRetryStrategy: (attempt) => retryDelayMs(attempt),
        maxRedirections: 4,
        retryDelayOnFailover: CLUSTER_RETRY_MS,
        retryDelayOnClusterDown: CLUSTER_RETRY_MS,
        retryDelayOnTryAgain: CLUSTER_RETRY_MS,
        slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
        // The name of a certificate is a name, not the address that it resolves to.
        ...(tls ? { dnsLookup: (host, callback) => callback(null, host) } : {}),
      },
    );
  }
  const single = {
    ...common,
    enableOfflineQueue: false,
    retryStrategy: retryDelayMs,
    reconnectOnError: createReadonlyReaction(),
  } satisfies RedisOptions;
  const [first] = nodes;
  return mode === 'sentinel'
    ? new Redis({
        ...single,
        sentinels: nodes.map(({ host, port }) => ({ host, port })),
        name: master ?? '',
        sentinelRetryStrategy: retryDelayMs,
        ...(tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
      })
    : new Redis({ ...single, ...first, db: database });
}

/** A server that became a copy refuses writes for ever: another connection may find the new one. Not for each command, or all would fail. */
function createReadonlyReaction(): (error: Error) => boolean {
  let lastMs = Number.NEGATIVE_INFINITY;
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - lastMs < READONLY_RETRY_MS) return false;
    lastMs = performance.now();
    return true;
  };
}

/** A connection for a subscriber, not opened yet; undefined while no node is known. It lives until it breaks once. */
function createSubscriberClient(client: Redis | Cluster): Redis | undefined {
  const own = {
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    commandTimeout: CONNECT_TIMEOUT_MS,
    enableOfflineQueue: true,
  } as const;
  if (client instanceof Redis) return client.duplicate(own);
  // A cluster hands a message to all its nodes: any will do.
  const nodes = client.nodes('all');
  return nodes[Math.floor(Math.random() * nodes.length)]?.duplicate(own);
}
