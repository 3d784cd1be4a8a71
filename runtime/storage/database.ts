/**
 * What the runtime asks of a database.
 *
 * Owns the smallest shape that PostgreSQL over `pg` and the embedded one have in common, so that nothing above knows
 * which it talks to. Rows come back as unknown values; whoever reads them checks them.
 */
export type Row = Readonly<Record<string, unknown>>;

/** One session: everything between `begin` and `commit` stays on it. */
export interface Session {
  /** Runs one statement with `$1` parameters. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Runs several statements without parameters. */
  script(sql: string): Promise<void>;
}

export interface Database {
  readonly kind: 'postgresql' | 'embedded';
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
  /** Lends one session and takes it back when `use` settles. */
  withSession<Result>(use: (session: Session) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
