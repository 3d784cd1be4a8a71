/**
 * All open tunnels: how many each holder has, and their end when the process stops.
 *
 * Owns sockets from the moment that Node lets go of them, since then `server.closeAllConnections()` knows them no more.
 */
import type { Duplex } from 'node:stream';

export interface Tunnels {
  /** Takes a place of a holder; the answer gives it back, once. Undefined when it has none left. */
  enter(holder: string, max: number): (() => void) | undefined;
  /** Remembers a socket until it closes. */
  adopt(socket: Duplex): void;
  /** Closes every socket at once. */
  cut(): void;
}

export function createTunnels(): Tunnels {
  const held = new Map<string, number>();
  const sockets = new Set<Duplex>();
  return {
    enter(holder, max) {
      const count = held.get(holder) ?? 0;
      if (count >= max) return undefined;
      held.set(holder, count + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        const left = (held.get(holder) ?? 1) - 1;
        if (left === 0) held.delete(holder);
        else held.set(holder, left);
      };
    },
    adopt(socket) {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
