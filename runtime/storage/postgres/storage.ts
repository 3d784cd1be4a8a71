/** What the database is to those who keep something in it, and what it tells of itself. */
import type { Database, Listener, ListenOptions, PoolReading, Row, Session } from './database.ts';

export type StorageEvent =
  | { readonly kind: 'ready'; readonly database: Database['kind']; readonly applied: readonly string[] }
  | { readonly kind: 'away'; readonly error: Error }
  | { readonly kind: 'back' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'replica'; readonly isUsed: boolean; readonly lagMs: number | undefined };

export interface Storage {
  /** Asks the primary. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** May be answered by a replica that is at most `maxLagMs` behind. */
  read(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /**
   * The rows that a request waits for: from a replica where it has them and `isFresh` is not asked for, else from the
   * primary. Waits at most `LOOK_UP_MS` of open-storage.ts.
   */
  lookUp(sql: string, parameters: readonly unknown[], isFresh: boolean): Promise<readonly Row[]>;
  /** Asks the primary even while it counts as away, to find out whether it is back. Fails when it is not. */
  check(sql: string): Promise<void>;
  /** All of `use` or nothing. */
  transaction<Result>(use: (session: Session) => Promise<Result>): Promise<Result>;
  /** Hears of notifications, from the time on when the schema is there. */
  listen(options: ListenOptions): Listener;
  readonly state: StorageState;
  /** Settles when the first attempt is over or takes long, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  close(): Promise<void>;
}

export interface StorageState {
  readonly isUp: boolean;
  /** Why the embedded database cannot be opened, however often it is tried. A server may come back: it has none. */
  readonly failure: string | undefined;
  readonly primary: PoolReading;
  readonly replica: (PoolReading & { readonly isUsed: boolean; readonly lagMs: number | undefined }) | undefined;
  /** Reads that a replica could have answered, by who did. */
  readonly reads: { readonly primary: number; readonly replica: number };
}
