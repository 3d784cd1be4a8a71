/**
 * A bound on how long a reply may take.
 *
 * Owns the difference between a late server and a late self: when this process was busy, its timers run before it reads what
 * has arrived meanwhile. So the bound gives the time back by which it was late itself, once and at most doubled, and then
 * waits for one reading of the sockets before it gives up.
 */

/** The server did not answer in time; whether it did what was asked is unknown. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout';
}

/** Timers are a little late at all times. */
const TOLERATED_MS = 5;

export function createDeadline(timeoutMs: number): <Reply>(command: Promise<Reply>) => Promise<Reply> {
  return (command) =>
    new Promise((resolve, reject) => {
      const dueMs = performance.now() + timeoutMs;
      const giveUp = () => reject(new RedisTimeout(`no answer within ${timeoutMs} ms`));
      const readThenGiveUp = () => setImmediate(giveUp);
      let timer = setTimeout(() => {
        const lateMs = performance.now() - dueMs;
        if (lateMs < TOLERATED_MS) readThenGiveUp();
        else timer = setTimeout(readThenGiveUp, Math.min(lateMs, timeoutMs));
      }, timeoutMs);
      command.then(
        (reply) => {
          clearTimeout(timer);
          resolve(reply);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
}
