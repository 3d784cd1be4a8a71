/**
 * Overrides that all replicas share.
 *
 * Kept in one hash of Redis without an end; each replica holds a copy, so that a request asks for none. A change is announced,
 * and read anew by whoever hears it; whoever may have missed something reads anew too. While Redis is away the copy stands.
 */
import type { SharedRedis } from '../../../storage/redis/open-redis.ts';
import type { Rate } from '../gcra.ts';
import type { OverrideBook } from '../override-book.ts';
import { budgetKey, createOverrides, faultOfRate, type Override } from '../overrides.ts';

export interface RedisBook extends OverrideBook {
  close(): void;
}

export interface RedisBookOptions {
  readonly redis: SharedRedis;
  /** A budget was filled up by another replica, or `undefined`: any may have been. */
  readonly onReset: (key: string | undefined) => void;
}

const RETRY_MS = 1_000;
const RESET = 'reset ';

export function createRedisBook({ redis, onReset }: RedisBookOptions): RedisBook {
  const { client, prefix } = redis;
  const overrides = createOverrides();
  const hash = `${prefix}limit-overrides`;
  const channel = `${prefix}limits`;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function load(): Promise<void> {
    clearTimeout(retry);
    try {
      const fields = await redis.within(client.hgetall(hash));
      overrides.replace(Object.entries(fields).flatMap(([key, value]) => parseOverride(key, value) ?? []));
    } catch {
      if (!isClosed) retry = setTimeout(load, RETRY_MS).unref();
    }
  }

  /** Writes, announces, and reads anew here before it says so. */
  async function write(change: Promise<unknown>): Promise<boolean> {
    try {
      await redis.within(change);
      await redis.within(client.publish(channel, 'overrides'));
    } catch {
      return false;
    }
    await load();
    return true;
  }

  const stop = redis.subscribe(channel, {
    onMessage(message) {
      if (message.startsWith(RESET)) onReset(message.slice(RESET.length));
      else void load();
    },
    onGap() {
      onReset(undefined);
      void load();
    },
  });

  return {
    overrides,
    set: ({ limit, identity }, rate) => write(client.hset(hash, budgetKey(limit, identity), JSON.stringify(rate))),
    clear: ({ limit, identity }) => write(client.hdel(hash, budgetKey(limit, identity))),
    async tellReset(key) {
      // Whoever does not hear it refuses until its knowledge has aged, at most one refill.
      await redis.within(client.publish(channel, `${RESET}${key}`)).catch(() => undefined);
    },
    close() {
      isClosed = true;
      clearTimeout(retry);
      stop();
    },
  };
}

/** Undefined for what this program has not written. */
function parseOverride(key: string, value: string): Override | undefined {
  const bar = key.indexOf('|');
  const rate = parseRate(value);
  if (bar < 1 || rate === undefined || faultOfRate(rate) !== undefined) return undefined;
  return { limit: key.slice(0, bar), identity: key.slice(bar + 1), rate };
}

function parseRate(text: string): Rate | undefined {
  try {
    const { requests, periodMs, capacity } = JSON.parse(text);
    return { requests, periodMs, capacity };
  } catch {
    return undefined;
  }
}
