/**
 * What the runtime asks of a database.
 *
 * Owns the smallest shape that PostgreSQL over `pg` and the embedded one have in common, so that nothing above knows
 * which it talks to. Rows come back as unknown values; whoever reads them checks them.
 */
export type Row = Readonly<Record<string, unknown>>;

/** Runs one statement with `$1` parameters. */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;

/** One session: everything between `begin` and `commit` stays on it. */
export interface Session {
  /** Runs one statement with `$1` parameters. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs several statements without parameters. */
  script(sql: string): Promise<void>;
}

export interface Database {
  readonly kind: 'postgresql' | 'embedded';
  /** `limitMs`: longest wait for the answer; beyond it the connection is given up. Default: the statement timeout. */
  query(sql: string, parameters?: readonly unknown[], limitMs?: number): Promise<readonly Row[]>;
  /** Lends one session and takes it back when `use` settles. `statementMs`: another statement timeout, for this session. */
  withSession<Result>(use: (session: Session) => Promise<Result>, statementMs?: number): Promise<Result>;
  /** Hears of notifications for as long as the process runs. */
  listen(options: ListenOptions): Listener;
  readonly pool: PoolReading;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly channels: readonly string[];
  readonly onNotice: (channel: string, payload: string) => void;
  /**
   * Called whenever listening began: from here on nothing is missed. `since` is a time of the database up to which nothing
   * was missed before; undefined the first time.
   */
  readonly onConnected: (session: Session, since: Date | undefined) => Promise<void>;
}

export interface Listener {
  /** Whether notifications arrive now. */
  readonly isListening: boolean;
  close(): Promise<void>;
}

export interface PoolReading {
  readonly inUse: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  readonly max: number;
}
