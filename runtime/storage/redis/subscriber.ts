/**
 * Messages from other replicas, over a connection of their own: one that listens cannot ask.
 *
 * A message that is sent while the connection is away is lost; whoever listens is told of each gap, and must then assume the
 * worst. Relies on no reconnecting of the client: each connection is used until it breaks, then another is made.
 */
import type { Redis } from 'ioredis';
import { retryDelayMs } from './retry-delay.ts';

export interface Subscription {
  onMessage(message: string): void;
  /** Listening began, for the first time or again: messages before may have been missed. */
  onGap(): void;
}

export interface Subscriber {
  subscribe(channel: string, subscription: Subscription): () => void;
  close(): void;
}

/** A frozen server sends nothing and closes nothing: it is asked for a sign of life so often. */
const PING_MS = 2_000;

/** Opens nothing before the first subscription. */
export function createSubscriber(create: () => Redis | undefined): Subscriber {
  const channels = new Map<string, Set<Subscription>>();
  let current: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;
  let attempts = 0;
  let isClosed = false;

  function connect(): void {
    timer = undefined;
    current = create();
    if (current === undefined) {
      retry();
      return;
    }
    const mine = current;
    mine.on('error', () => undefined);
    mine.on('message', (channel: string, message: string) => {
      for (const subscription of channels.get(channel) ?? []) subscription.onMessage(message);
    });
    mine.on('end', () => {
      if (mine === current) retry();
    });
    listen(mine).then(
      () => watch(mine),
      () => mine.disconnect(),
    );
  }

  async function listen(redis: Redis): Promise<void> {
    await redis.connect();
    const names = [...channels.keys()];
    if (names.length > 0) await redis.subscribe(...names);
    attempts = 0;
    for (const name of names) tellGap(name);
  }

  function watch(redis: Redis): void {
    const ping = setInterval(() => redis.ping().catch(() => redis.disconnect()), PING_MS).unref();
    redis.once('end', () => clearInterval(ping));
  }

  function retry(): void {
    current = undefined;
    if (isClosed || timer !== undefined) return;
    attempts += 1;
    timer = setTimeout(connect, retryDelayMs(attempts)).unref();
  }

  function tellGap(channel: string): void {
    for (const subscription of channels.get(channel) ?? []) subscription.onGap();
  }

  return {
    subscribe(channel, subscription) {
      const listeners = channels.get(channel) ?? new Set();
      const isNew = listeners.size === 0;
      listeners.add(subscription);
      channels.set(channel, listeners);
      if (current === undefined && timer === undefined && !isClosed) connect();
      else if (current?.status === 'ready') {
        const redis = current;
        // What fails here is listened to by the next connection.
        const listened = isNew ? redis.subscribe(channel) : Promise.resolve();
        listened.then(
          () => subscription.onGap(),
          () => redis.disconnect(),
        );
      }
      return () => {
        listeners.delete(subscription);
        if (listeners.size > 0) return;
        channels.delete(channel);
        current?.unsubscribe(channel).catch(() => undefined);
      };
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      current?.disconnect();
    },
  };
}
