/**
 * Single-flight: concurrent requests for one key share one fetch.
 *
 * The first opens a flight and everyone else waits for it, bounded. A flight that one of its tags overtook is forgotten:
 * who comes after an invalidation must not be given what was fetched before it. Owns no fetching.
 */
import { settledWithin } from '../../resilience/timeout.ts';

export interface Flight<Outcome> {
  /**
   * Hands the outcome to all who wait; only the first counts. Who comes before `stored` is settled is handed it, too: the
   * store would not know yet. Default: there is nothing to wait for.
   */
  settle(outcome: Outcome, stored?: Promise<void>): void;
  /** At most `timeoutMs`; undefined when that passed, or when `gone` was settled. */
  wait(timeoutMs: number, gone?: Promise<void>): Promise<Outcome | undefined>;
}

export interface SingleFlight<Outcome> {
  find(key: string): Flight<Outcome> | undefined;
  /** Opens a flight, which takes the place of another of the same key. */
  open(key: string, tags: readonly string[]): Flight<Outcome>;
  /** Nobody joins these any more. */
  forget(tags: readonly string[]): void;
  forgetAll(): void;
}

export function createSingleFlight<Outcome>(): SingleFlight<Outcome> {
  const open = new Map<string, { readonly flight: Flight<Outcome>; readonly tags: readonly string[] }>();
  return {
    find: (key) => open.get(key)?.flight,
    open(key, tags) {
      let isSettled = false;
      let hand: ((outcome: Outcome) => void) | undefined;
      const landed = new Promise<Outcome>((resolve) => {
        hand = resolve;
      });
      const flight: Flight<Outcome> = {
        settle(outcome, stored) {
          const close = (): void => {
            if (open.get(key)?.flight === flight) open.delete(key);
          };
          hand?.(outcome);
          if (isSettled) return;
          isSettled = true;
          if (stored === undefined) close();
          else stored.then(close, close);
        },
        wait: (timeoutMs, gone) => waitFor(landed, timeoutMs, gone),
      };
      open.set(key, { flight, tags });
      return flight;
    },
    forget(tags) {
      for (const [key, flight] of open) if (flight.tags.some((tag) => tags.includes(tag))) open.delete(key);
    },
    forgetAll: () => open.clear(),
  };
}

async function waitFor<Outcome>(
  landed: Promise<Outcome>,
  timeoutMs: number,
  gone: Promise<void> | undefined,
): Promise<Outcome | undefined> {
  const left = gone?.then(() => undefined);
  const settled = await settledWithin<Outcome | undefined>(timeoutMs, left ? Promise.race([landed, left]) : landed);
  return settled.status === 'fulfilled' ? settled.value : undefined;
}
