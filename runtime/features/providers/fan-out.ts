/**
 * At most so many calls in flight for one incoming request, over all that carry its id.
 *
 * A small pool for each id, which lives as long as a call of that id is in flight or waits. A call without an id belongs
 * to no request and passes.
 */
import type { Clock } from '../../resilience/clock.ts';
import { type Acquired, createPool, type PlaceRequest, type Pool } from '../../resilience/pool.ts';
import type { Schedule } from '../../resilience/schedule.ts';

export interface FanOut {
  acquire(requestId: string, request: PlaceRequest): Promise<Acquired>;
  /** Requests that have calls in flight or waiting. */
  readonly requests: number;
}

/** One request may have this many calls waiting; more are a loop, not a request. */
const WAITING = 1_000;

export function createFanOut(max: number, clock: Clock, schedule: Schedule): FanOut {
  const pools = new Map<string, Pool>();

  function poolOf(requestId: string): Pool {
    const known = pools.get(requestId);
    if (known !== undefined) return known;
    const pool = createPool({ settings: { size: max, queue: WAITING }, clock, schedule });
    pools.set(requestId, pool);
    return pool;
  }

  function tidy(requestId: string, pool: Pool): void {
    const { inUse, waiting } = pool.view();
    if (inUse === 0 && waiting === 0) pools.delete(requestId);
  }

  return {
    async acquire(requestId, request) {
      const pool = poolOf(requestId);
      const acquired = await pool.acquire(request);
      if (acquired.kind !== 'place') {
        tidy(requestId, pool);
        return acquired;
      }
      const { place } = acquired;
      const release = (): void => {
        place.release();
        tidy(requestId, pool);
      };
      return { ...acquired, place: { ...place, release } };
    },
    get requests() {
      return pools.size;
    },
  };
}
