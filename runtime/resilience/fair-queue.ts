/**
 * Who waits for a place, in fair order.
 *
 * Owns the order: first in, first out within a lane, and lanes take turns, so that a tenant with a thousand calls in line
 * delays another's only one by one. When the queue is full, the newest call of the longest lane makes room for one of a
 * lane that has fewer: nobody can fill the queue against others.
 */

/** Calls of one tenant to one provider. */
export interface Lane {
  readonly provider: string;
  /** Empty when unknown. */
  readonly tenant: string;
}

export interface FairQueue<Item extends Lane> {
  readonly size: number;
  /** Takes an item in; the answer is who had to make room, the item itself when it finds none, undefined when there was room. */
  push(item: Item, max: number): Item | undefined;
  /** The next of those whose provider may be called. */
  take(mayCall: (provider: string) => boolean): Item | undefined;
  remove(item: Item): void;
  /** All that wait for a provider, oldest first in each lane. */
  of(provider: string): readonly Item[];
}

export function createFairQueue<Item extends Lane>(): FairQueue<Item> {
  // Both keep the order of insertion: lanes in the order of their turns, items in that of their arrival.
  const lanes = new Map<string, Set<Item>>();
  let size = 0;

  function laneOf(item: Lane): Set<Item> | undefined {
    return lanes.get(keyOf(item));
  }

  function remove(item: Item): void {
    const lane = laneOf(item);
    if (lane?.delete(item) !== true) return;
    size -= 1;
    if (lane.size === 0) lanes.delete(keyOf(item));
  }

  function makeRoom(item: Item): Item | undefined {
    const longest = [...lanes.values()].reduce((longer, lane) => (lane.size > longer.size ? lane : longer), new Set());
    if (longest.size <= (laneOf(item)?.size ?? 0) + 1) return undefined;
    const newest = [...longest].at(-1);
    if (newest !== undefined) remove(newest);
    return newest;
  }

  return {
    get size() {
      return size;
    },
    push(item, max) {
      const pushedOut = size < max ? undefined : (makeRoom(item) ?? item);
      if (pushedOut === item) return item;
      const key = keyOf(item);
      const lane = lanes.get(key) ?? new Set();
      lanes.set(key, lane.add(item));
      size += 1;
      return pushedOut;
    },
    take(mayCall) {
      for (const [key, lane] of lanes) {
        const [item] = lane;
        if (item === undefined || !mayCall(item.provider)) continue;
        remove(item);
        // Its next turn comes after all others.
        if (lane.size > 0) {
          lanes.delete(key);
          lanes.set(key, lane);
        }
        return item;
      }
      return undefined;
    },
    remove,
    of: (provider) => [...lanes.values()].flatMap((lane) => [...lane].filter((item) => item.provider === provider)),
  };
}

function keyOf({ provider, tenant }: Lane): string {
  return `${provider} ${tenant}`;
}
