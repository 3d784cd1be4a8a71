/**
 * A read replica: when it may be read, and how far behind it is.
 *
 * The lag is measured without writing and without comparing clocks: the primary's position in its log is noted with our
 * time, and the replica is as old as the newest noted position that it has replayed. A replica that is cut off from its
 * primary therefore falls behind, though it has replayed all that it has.
 *
 * Invariants
 * 1. What is read from the replica is at most `maxLagMs` old; where that is not known, the primary is asked.
 * 2. A replica that fails is left alone until it answers the next measurement.
 */
import type { Clock } from '../../resilience/clock.ts';
import type { Database, Row } from './database.ts';
import { isOutage } from './is-outage.ts';

export interface ReplicaReader {
  /** Undefined when the replica may not be asked, or did not answer in time: ask the primary. */
  read(sql: string, parameters: readonly unknown[], limitMs: number | undefined): Promise<readonly Row[] | undefined>;
  /** How far behind it is at most; undefined when that is not known. */
  readonly lagMs: number | undefined;
  readonly isUsed: boolean;
  readonly database: Database;
  close(): Promise<void>;
}

export interface ReplicaOptions {
  readonly replica: Database;
  /** Asks the primary. */
  readonly askPrimary: (sql: string) => Promise<readonly Row[]>;
  readonly maxLagMs: number;
  readonly clock: Clock;
  readonly onChange: (isUsed: boolean, lagMs: number | undefined) => void;
}

interface Sample {
  readonly atMs: number;
  readonly position: bigint;
}

const LONGEST_INTERVAL_MS = 1_000;
const SHORTEST_INTERVAL_MS = 50;
const MOST_SAMPLES = 600;

export function createReplicaReader(options: ReplicaOptions): ReplicaReader {
  const { replica, askPrimary, maxLagMs, clock, onChange } = options;
  const intervalMs = Math.max(SHORTEST_INTERVAL_MS, Math.min(LONGEST_INTERVAL_MS, maxLagMs / 4));
  let samples: readonly Sample[] = [];
  let replayedMs: number | undefined;
  let wasUsed = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  async function measure(): Promise<void> {
    try {
      const atMs = clock.nowMs();
      const position = positionOf((await askPrimary('select pg_current_wal_lsn()::text as position'))[0]);
      if (position !== undefined) samples = [...samples, { atMs, position }].slice(-MOST_SAMPLES);
      const [row] = await replica.query(
        'select case when pg_is_in_recovery() then pg_last_wal_replay_lsn()::text end as position',
        [],
        LONGEST_INTERVAL_MS,
      );
      noteReplayed(positionOf(row));
    } catch {
      replayedMs = undefined;
    }
    say();
    if (!isClosed) timer = setTimeout(() => void measure(), intervalMs).unref();
  }

  function noteReplayed(position: bigint | undefined): void {
    const replayed = position === undefined ? -1 : samples.findLastIndex((sample) => sample.position <= position);
    replayedMs = samples[replayed]?.atMs;
    if (replayed > 0) samples = samples.slice(replayed);
  }

  function say(): void {
    const isUsed = mayRead();
    if (isUsed !== wasUsed) onChange(isUsed, lag());
    wasUsed = isUsed;
  }

  function lag(): number | undefined {
    return replayedMs === undefined ? undefined : clock.nowMs() - replayedMs;
  }

  function mayRead(): boolean {
    return (lag() ?? Number.POSITIVE_INFINITY) <= maxLagMs;
  }

  void measure();
  return {
    async read(sql, parameters, limitMs) {
      if (!mayRead()) return undefined;
      try {
        return await replica.query(sql, parameters, limitMs);
      } catch (error) {
        if (!isOutage(error)) throw error;
        replayedMs = undefined;
        say();
        return undefined;
      }
    },
    get lagMs() {
      return lag();
    },
    get isUsed() {
      return mayRead();
    },
    database: replica,
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await replica.close();
    },
  };
}

/** A position in the log as PostgreSQL writes it, `16/B374D848`: two hexadecimal halves of 32 bits. */
function positionOf(row: Row | undefined): bigint | undefined {
  const text = row?.['position'];
  const [, high, low] = typeof text === 'string' ? (/^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/.exec(text) ?? []) : [];
  return high === undefined || low === undefined ? undefined : (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
