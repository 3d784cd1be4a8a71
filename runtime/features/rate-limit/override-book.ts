/**
 * Where overrides are kept.
 *
 * In the memory of the one process here; redis/ has the book that replicas share.
 */

import type { Rate } from './gcra.ts';
import { createOverrides, type Override, type Overrides } from './overrides.ts';

export interface OverrideBook {
  readonly overrides: Overrides;
  /** False when it could not be written. */
  set(name: Pick<Override, 'limit' | 'identity'>, rate: Rate): Promise<boolean>;
  clear(name: Pick<Override, 'limit' | 'identity'>): Promise<boolean>;
  /** Tells other replicas that a budget was filled up. */
  tellReset(key: string): Promise<void>;
}

export function createMemoryBook(): OverrideBook {
  const overrides = createOverrides();
  const others = ({ limit, identity }: Pick<Override, 'limit' | 'identity'>) =>
    overrides.list().filter((known) => known.limit !== limit || known.identity !== identity);
  return {
    overrides,
    async set(name, rate) {
      overrides.replace([...others(name), { limit: name.limit, identity: name.identity, rate }]);
      return true;
    },
    async clear(name) {
      overrides.replace(others(name));
      return true;
    },
    async tellReset() {},
  };
}
