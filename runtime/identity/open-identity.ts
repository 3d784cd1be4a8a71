/**
 * Everything that API keys need, opened together: database, pepper, directory.
 *
 * Owns what follows from the plan: nothing where no route needs a key, a refusal where the environment does not fit.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { Clock } from '../policies/clock.ts';
import type { Row } from '../storage/database.ts';
import { openStorage, type StorageEvent } from '../storage/open-storage.ts';
import { planStorage } from '../storage/plan-storage.ts';
import { type IssuedApiKey, issueApiKey } from './issue-api-key.ts';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { findKey, type NewKey, revokeKey } from './key-records.ts';
import { findPepper } from './pepper.ts';

export interface Identity {
  readonly keys: KeyDirectory;
  readonly query: (sql: string) => Promise<readonly Row[]>;
  /** Settles when the database was tried once, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  issue(key: NewKey): Promise<IssuedApiKey>;
  /** False when there is no such key. */
  revoke(id: string): Promise<boolean>;
  close(): Promise<void>;
}

export type OpenedIdentity =
  | { readonly kind: 'opened'; readonly identity: Identity | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

export interface IdentityOptions {
  readonly policy: RuntimePolicy;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly dataDirectory: string | undefined;
  readonly clock: Clock;
  readonly onStorage: (event: StorageEvent) => void;
}

export async function openIdentity(options: IdentityOptions): Promise<OpenedIdentity> {
  const { policy, env, dataDirectory, clock, onStorage } = options;
  const { prefix, pepperEnv, cacheTtlMs, maxStaleMs } = policy.auth.apiKeys;
  const plan = planStorage(policy, env, dataDirectory);
  if (plan.kind === 'refused') return plan;
  if (plan.kind === 'none') return { kind: 'opened', identity: undefined };
  const found = await findPepper(pepperEnv, env[pepperEnv], plan);
  if (found.kind === 'refused') return found;
  const pepper = found.value;
  const { query, firstAttempt, close } = openStorage(plan, onStorage);
  const find = (id: string) => findKey(query, id);
  const keys = createKeyDirectory({ find, prefix, pepper, ttlMs: cacheTtlMs, maxStaleMs, clock });
  const identity: Identity = {
    keys,
    query,
    firstAttempt,
    issue: (key) => issueApiKey({ query, prefix, pepper }, key),
    async revoke(id) {
      const isRevoked = await revokeKey(query, id);
      keys.forget(id);
      return isRevoked;
    },
    close,
  };
  return { kind: 'opened', identity };
}
