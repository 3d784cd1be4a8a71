/**
 * Keys for tests on a machine with much to do, where a healthy database may answer too late.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NewKey } from '../features/identity/key-records.ts';
import type { IssuedApiKey } from '../process/runtime.ts';
import type { Reply } from './attacker.ts';
import type { Gateway } from './servers.ts';

const TRIES = 150;
const PAUSE_MS = 100;

/** Issues a key, again while the database is away. */
export async function issueKey(
  { runtime }: Pick<Gateway, 'runtime'>,
  key: Partial<NewKey> = {},
): Promise<IssuedApiKey> {
  for (let tries = 1; ; tries += 1) {
    try {
      const issued = await runtime.issueApiKey({ label: 'test', ...key });
      if (issued !== undefined) return issued;
    } catch (error) {
      if (tries === TRIES || !(error instanceof Error && error.message === 'the database is away')) throw error;
    }
    await sleep(PAUSE_MS);
  }
}

/** Asks again while the answer is that credentials cannot be checked. A key that was found once is cached. */
export async function steadily(ask: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await ask();
    if (reply.status !== 503 || tries === TRIES) return reply;
    await sleep(PAUSE_MS);
  }
}
