/** Which keys changed while nobody listened, so that caches forget those and keep the others. */
import type { Session } from '../../storage/postgres/database.ts';

const MOST_CHANGES = 10_000;

/** Ids of keys that changed since; undefined when they are too many to name. */
export async function listChanged(session: Session, since: Date): Promise<readonly string[] | undefined> {
  const rows = await session.query(
    // A change is seen when it is committed and dated when it was made: the seconds between are looked at twice.
    `select id from seaworthy_api_keys where updated_at > $1::timestamptz - interval '5 seconds' limit ${MOST_CHANGES + 1}`,
    [since.toISOString()],
  );
  return rows.length > MOST_CHANGES ? undefined : rows.map((row) => String(row['id']));
}
