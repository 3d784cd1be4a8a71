/**
 * How many requests are in flight, by route, holder and upstream.
 *
 * Owns the counts over reloads: a request that began under one policy ends under another. A place that was taken is given
 * back once, whatever became of the request.
 */

/** Requests in one place, and whose they are. */
export interface Occupancy {
  readonly count: number;
  /** Of one holder. */
  of(holder: string): number;
  enter(holder: string | undefined): void;
  leave(holder: string | undefined): void;
}

export interface InFlight {
  route(id: string): Occupancy;
  upstream(name: string): Occupancy;
  routes(): Iterable<readonly [id: string, occupancy: Occupancy]>;
}

export function createInFlight(): InFlight {
  const routes = new Map<string, Occupancy>();
  const upstreams = new Map<string, Occupancy>();
  return {
    route: (id) => findOrMake(routes, id),
    upstream: (name) => findOrMake(upstreams, name),
    routes: () => routes,
  };
}

function findOrMake(places: Map<string, Occupancy>, name: string): Occupancy {
  const place = places.get(name) ?? createOccupancy();
  places.set(name, place);
  return place;
}

function createOccupancy(): Occupancy {
  let count = 0;
  // Holders with nothing in flight are not kept, so strangers cannot fill it.
  const held = new Map<string, number>();
  return {
    get count() {
      return count;
    },
    of: (holder) => held.get(holder) ?? 0,
    enter(holder) {
      count += 1;
      if (holder !== undefined) held.set(holder, (held.get(holder) ?? 0) + 1);
    },
    leave(holder) {
      count -= 1;
      if (holder === undefined) return;
      const left = (held.get(holder) ?? 0) - 1;
      if (left > 0) held.set(holder, left);
      else held.delete(holder);
    },
  };
}
