/**
 * How a change of a key or tenant reaches what is cached of it.
 *
 * Here at once, by notification on other replicas, by a comparison of times after a gap in listening, and by the cache time at
 * the latest. A row that changed so lately that a read replica may not know of it is looked up at the primary.
 */
import type { Clock } from '../../resilience/clock.ts';
import type { Query, Session } from '../../storage/postgres/database.ts';
import type { Storage } from '../../storage/postgres/storage.ts';
import { listChanged } from './list-changed.ts';
import { createRecentChanges } from './recent-changes.ts';

interface CachedRows {
  forget(id: string): void;
  expireAll(): void;
}

export interface FollowedCaches {
  readonly keys: CachedRows;
  readonly tenants: CachedRows;
}

export interface Followed {
  /** A row changed here. */
  changed(rows: keyof FollowedCaches, id: string): void;
  /** Whether changes by other replicas are heard now. */
  readonly isListening: boolean;
  close(): Promise<void>;
}

export interface ChangedRows {
  /** For the look-up of the row with this id. */
  lookUp(id: string): Query;
  /** Hears of changes from here on. */
  follow(caches: FollowedCaches): Followed;
}

/** A replica measures its lag at least this often, so it may be this much older than it says. */
const MEASURED_WITHIN_MS = 2_000;
const CHANNELS = { keys: 'seaworthy_api_keys', tenants: 'seaworthy_tenants' };

/** `maxLagMs`: of the replica; 0 without one. */
export function createChangedRows(storage: Storage, maxLagMs: number, clock: Clock): ChangedRows {
  const recent = createRecentChanges(maxLagMs + MEASURED_WITHIN_MS, clock);

  /** After a gap: whatever changed since is forgotten; where that cannot be told, everything is asked for again. */
  async function resync({ keys, tenants }: FollowedCaches, session: Session, since: Date | undefined): Promise<void> {
    const ids = since === undefined ? undefined : await listChanged(session, since);
    if (ids === undefined) {
      recent.noteAll();
      keys.expireAll();
    } else {
      for (const id of ids) forget(keys, id);
    }
    // They are few, and one that was deleted leaves no row behind that would tell.
    tenants.expireAll();
  }

  function forget(rows: CachedRows, id: string): void {
    recent.note(id);
    rows.forget(id);
  }

  return {
    lookUp:
      (id) =>
      (sql, parameters = []) =>
        storage.lookUp(sql, parameters, recent.has(id)),
    follow(caches) {
      const listener = storage.listen({
        channels: Object.values(CHANNELS),
        onNotice: (channel, id) => forget(channel === CHANNELS.tenants ? caches.tenants : caches.keys, id),
        onConnected: (session, since) => resync(caches, session, since),
      });
      return {
        changed: (rows, id) => forget(caches[rows], id),
        get isListening() {
          return listener.isListening;
        },
        close: () => listener.close(),
      };
    },
  };
}
