/** Keys that the program around the runtime makes and revokes by itself; for the audit it is an actor like any other. */
import { StorageUnavailable } from '../../storage/postgres/storage-unavailable.ts';
import type { NewKey } from './key-records.ts';
import type { Identity } from './open-identity.ts';

const PROGRAM = { actor: 'program' };

/** Undefined when no route needs a key. Fails while the database is away, and for a key that the policy does not allow. */
export async function issueAsProgram(identity: Identity | undefined, key: NewKey) {
  const result = await identity?.apiKeys.create(key, PROGRAM);
  if (result === undefined) return undefined;
  if (result.kind === 'created') return { id: result.key.id, text: result.text };
  throw result.kind === 'refused' ? new Error(result.detail) : new StorageUnavailable('the database is away');
}

export async function revokeAsProgram(identity: Identity | undefined, id: string): Promise<boolean> {
  return (await identity?.apiKeys.revoke(id, PROGRAM))?.kind === 'revoked';
}
