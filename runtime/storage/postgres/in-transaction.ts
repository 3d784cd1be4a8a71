/** All or nothing. */
import type { Session } from './database.ts';

export async function inTransaction<Result>(
  session: Session,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  await session.script('begin');
  try {
    const result = await use(session);
    await session.script('commit');
    return result;
  } catch (error) {
    // On a broken connection there is nothing left to undo.
    await session.script('rollback').catch(() => undefined);
    throw error;
  }
}
