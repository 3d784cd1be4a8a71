/**
 * A bound on how long a reply may take.
 *
 * Owns the difference between a late server and a late self: when this process was busy, its timers run before it reads what
 * has arrived meanwhile. So the bound waits for one reading of the sockets before it gives up.
 */

/** The server did not answer in time; whether it did what was asked is unknown. */
export class RedisTimeout extends Error {
  override readonly name = 'RedisTimeout';
}

export function createDeadline(timeoutMs: number): <Reply>(command: Promise<Reply>) => Promise<Reply> {
  return (command) =>
    new Promise((resolve, reject) => {
      const giveUp = () => reject(new RedisTimeout(`no answer within ${timeoutMs} ms`));
      const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
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
