/**
 * Timeouts: how long somebody waits for work that may never end, such as a call to a server that is frozen.
 *
 * Owns the difference between a late answer and a late self: when this process was busy, its timers run before it reads what
 * has arrived meanwhile. So a timeout gives the time back by which it was late itself, once and at most doubled, and then
 * waits for one reading of the sockets before it gives up. The work itself goes on: who can end it does so when told.
 */
import { systemSchedule } from './schedule.ts';

/** The work took longer; whether it is done in the end is unknown. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

/** How work ended within its time, or that it did not. */
export type Settled<Result> = PromiseSettledResult<Result> | { readonly status: 'late' };

const LATE = { status: 'late' } as const;

/** Timers are a little late at all times. */
const TOLERATED_MS = 5;

/** What the work comes to; fails with `TimeoutError` when that takes longer than `ms`. */
export function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = whenOver(ms, () => reject(new TimeoutError(`no answer within ${ms} ms`)));
    work.then(
      (result) => {
        cancel();
        resolve(result);
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** How the work ended, or `late` after `ms`. Never fails. */
export function settledWithin<Result>(ms: number, work: Promise<Result>): Promise<Settled<Result>> {
  return new Promise((resolve) => {
    const cancel = whenOver(ms, () => resolve(LATE));
    work.then(
      (value) => {
        cancel();
        resolve({ status: 'fulfilled', value });
      },
      (reason: unknown) => {
        cancel();
        resolve({ status: 'rejected', reason });
      },
    );
  });
}

/** Tells once when `ms` are over by the measure above; the answer takes it back. */
function whenOver(ms: number, tell: () => void): () => void {
  const dueMs = performance.now() + ms;
  const readThenTell = () => setImmediate(tell);
  let cancel = systemSchedule(ms, () => {
    const lateMs = performance.now() - dueMs;
    if (lateMs < TOLERATED_MS) readThenTell();
    else cancel = systemSchedule(Math.min(lateMs, ms), readThenTell);
  });
  return () => cancel();
}
