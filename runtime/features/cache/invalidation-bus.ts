/**
 * Invalidations on their way to the memory of other replicas.
 *
 * A message that Redis did not take is said again until it did. Messages that this replica may have missed are reported as
 * a gap. Owns no cache.
 */
import { randomUUID } from 'node:crypto';
import type { SharedRedis } from '../../storage/redis/open-redis.ts';

export interface BusListener {
  onInvalidate(tags: readonly string[]): void;
  onClear(name: string): void;
  onGap(): void;
}

export interface InvalidationBus {
  /** Settles when it was said, or the first attempt failed. */
  invalidate(tags: readonly string[]): Promise<void>;
  clear(name: string): Promise<void>;
  close(): void;
}

interface Message {
  /** Who says it; what comes back is ignored. */
  readonly from: string;
  readonly tags?: readonly string[];
  readonly clear?: string;
}

const RETRY_MS = 250;
/** After more than these, unsaid ones are lost, oldest first: entries of other replicas then end with their TTL. */
const MOST_UNSAID = 1_000;

export function createInvalidationBus(redis: SharedRedis, listener: BusListener): InvalidationBus {
  const self = randomUUID();
  const channel = `${redis.prefix}cache:invalidate`;
  const unsaid = new Set<string>();
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  const unsubscribe = redis.subscribe(channel, {
    onMessage(text) {
      const message = parseMessage(text);
      if (message === undefined || message.from === self) return;
      if (message.tags !== undefined) listener.onInvalidate(message.tags);
      if (message.clear !== undefined) listener.onClear(message.clear);
    },
    onGap: () => listener.onGap(),
  });

  async function say(message: Message): Promise<void> {
    const text = JSON.stringify(message);
    unsaid.add(text);
    for (const oldest of unsaid) {
      if (unsaid.size <= MOST_UNSAID) break;
      unsaid.delete(oldest);
    }
    await flush();
  }

  async function flush(): Promise<void> {
    for (const text of [...unsaid]) {
      try {
        if (!redis.isUp) throw new Error('away');
        await redis.within(redis.client.publish(channel, text));
        unsaid.delete(text);
      } catch {
        if (isClosed) return;
        retry ??= setTimeout(() => {
          retry = undefined;
          void flush();
        }, RETRY_MS).unref();
        return;
      }
    }
  }

  return {
    invalidate: (tags) => say({ from: self, tags }),
    clear: (name) => say({ from: self, clear: name }),
    close() {
      isClosed = true;
      clearTimeout(retry);
      unsubscribe();
    },
  };
}

/** Undefined for what another program said on this channel. */
function parseMessage(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || !('from' in value)) return false;
  const tagsFit =
    !('tags' in value) || (Array.isArray(value.tags) && value.tags.every((tag) => typeof tag === 'string'));
  return tagsFit && (!('clear' in value) || typeof value.clear === 'string');
}
