/**
 * Names of keys in Redis.
 *
 * Who a budget belongs to is hashed: addresses and names of users are nobody's business who lists keys, and may hold any
 * character. In a cluster, what lies in braces decides the slot: budgets of one tenant lie together.
 */
import { createHash } from 'node:crypto';
import type { Charge } from '../charge.ts';

type Named = Pick<Charge, 'identity' | 'tenant'> & { readonly rules: { readonly id: string } };

export interface KeyNames {
  name(charge: Named): string;
  /** What of the name decides the slot; the same for all where there is one server. */
  slot(charge: Named): string;
}

const REMEMBERED = 20_000;

export function createKeyNames(prefix: string, isCluster: boolean): KeyNames {
  const hashes = new Map<string, string>();

  function hash(text: string): string {
    const known = hashes.get(text);
    if (known !== undefined) return known;
    const made = createHash('sha256').update(text).digest('base64url').slice(0, 22);
    if (hashes.size >= REMEMBERED) hashes.clear();
    hashes.set(text, made);
    return made;
  }

  const slot = (charge: Named): string => (isCluster ? hash(ownerOf(charge)) : '');
  return {
    slot,
    name(charge) {
      const tag = isCluster ? `{${slot(charge)}}:` : '';
      return `${prefix}limit:${tag}${charge.rules.id}:${hash(charge.identity)}`;
    },
  };
}

/** A tenant, for its own budgets and those of its keys and users; otherwise whose the budget is. */
function ownerOf({ identity, tenant }: Named): string {
  const user = /^user:([^/]+)\//.exec(identity)?.[1];
  if (user !== undefined) return `tenant:${user}`;
  return identity.startsWith('key:') && tenant !== undefined ? `tenant:${tenant}` : identity;
}
