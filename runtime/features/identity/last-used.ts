/**
 * When each key was last used, written in batches.
 *
 * A write for each request would cost more than the request. Times wait here, the newest of each key, and are written
 * every `flushMs` and at the end; while the database is away they go on waiting. Written times only move forward, so
 * replicas may write in any order.
 */
import type { Query } from '../../storage/postgres/database.ts';

export interface LastUsed {
  note(keyId: string): void;
  /** Writes what waits. Never fails. */
  flush(): Promise<void>;
  /** Flushes a last time. */
  close(): Promise<void>;
}

export interface LastUsedOptions {
  readonly query: Query;
  readonly flushMs: () => number;
  readonly wallMs: () => number;
  /** A failure that is not an outage. */
  readonly onError: (error: unknown) => void;
}

/** Sorted by id, so that two replicas that write the same keys wait for one another instead of for ever. */
const WRITE = `with mine as (
    select k.id, u.at from seaworthy_api_keys k join unnest($1::text[], $2::timestamptz[]) as u (id, at) on u.id = k.id
    order by k.id for no key update of k)
  update seaworthy_api_keys k set last_used_at = mine.at from mine
   where k.id = mine.id and (k.last_used_at is null or k.last_used_at < mine.at)`;
/** Only keys that exist are noted; this bounds a long outage of the database all the same. */
const CAPACITY = 100_000;

export function createLastUsed({ query, flushMs, wallMs, onError }: LastUsedOptions): LastUsed {
  let waiting = new Map<string, number>();
  let writing: Promise<void> | undefined;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    try {
      const times = [...batch.values()].map((ms) => new Date(ms).toISOString());
      await query(WRITE, [[...batch.keys()], times]);
    } catch (error) {
      // Back to the others, unless a newer time of the same key came meanwhile.
      waiting = new Map([...batch, ...waiting]);
      onError(error);
    }
  }

  function flush(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined;
    });
    return writing;
  }

  function schedule(): void {
    if (isClosed) return;
    // Up to a fifth later, so that replicas that started together do not write together.
    const ms = flushMs() * (1 + Math.random() / 5);
    timer = setTimeout(() => void flush().then(schedule), ms).unref();
  }

  schedule();
  return {
    note(keyId) {
      if (waiting.size < CAPACITY || waiting.has(keyId)) waiting.set(keyId, wallMs());
    },
    flush,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await flush();
      await flush();
    },
  };
}
