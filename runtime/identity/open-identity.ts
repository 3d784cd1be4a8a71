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
import type { Audit } from './audit.ts';
import { createKeyAdministration, type KeyAdministration } from './key-administration.ts';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { findKey } from './key-records.ts';
import { findPepper } from './pepper.ts';
import { createTenantAdministration, type TenantAdministration } from './tenant-administration.ts';
import { findTenant } from './tenant-records.ts';

export interface Identity {
  readonly keys: KeyDirectory;
  /** For administrators; who may call is decided by the caller. */
  readonly apiKeys: KeyAdministration;
  /** For administrators; undefined unless `auth.tenants.store` of the policy in force is `database`. */
  readonly tenants: TenantAdministration | undefined;
  readonly query: (sql: string) => Promise<readonly Row[]>;
  /** Settles when the database was tried once, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  /** Takes what a policy says of keys and tenants; called again by a reload. */
  use(policy: RuntimePolicy): void;
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
  /** Hears of every change to keys and tenants. */
  readonly audit: Audit;
}

export async function openIdentity(options: IdentityOptions): Promise<OpenedIdentity> {
  const { policy, env, dataDirectory, clock, onStorage, audit } = options;
  const { prefix, pepperEnv, cacheTtlMs, maxStaleMs } = policy.auth.apiKeys;
  const plan = planStorage(policy, env, dataDirectory);
  if (plan.kind === 'refused') return plan;
  if (plan.kind === 'none') return { kind: 'opened', identity: undefined };
  const found = await findPepper(pepperEnv, env[pepperEnv], plan);
  if (found.kind === 'refused') return found;
  const pepper = found.value;
  const storage = openStorage(plan, onStorage);
  const { query, firstAttempt, close } = storage;
  const find = (id: string) => findKey(query, id);
  const keys = createKeyDirectory({ find, prefix, pepper, ttlMs: cacheTtlMs, maxStaleMs, clock });
  let { auth } = policy;
  const apiKeys = createKeyAdministration({
    storage,
    prefix,
    pepper,
    clock,
    rules: () => ({
      types: auth.apiKeys.types,
      tiers: auth.tenants?.tiers,
      graceMs: auth.apiKeys.graceMs ?? DEFAULT_GRACE_MS,
    }),
    hasTenant: () =>
      auth.tenants?.store === 'database' ? async (id) => (await findTenant(query, id)) !== undefined : undefined,
    onChange: (id) => keys.forget(id),
    audit,
  });
  const tenants = createTenantAdministration({
    storage,
    tiers: () => auth.tenants?.tiers,
    onChange: () => undefined,
    audit,
  });
  const identity: Identity = {
    keys,
    apiKeys,
    get tenants() {
      return auth.tenants?.store === 'database' ? tenants : undefined;
    },
    query,
    firstAttempt,
    use(next) {
      auth = next.auth;
    },
    close,
  };
  return { kind: 'opened', identity };
}

const DEFAULT_GRACE_MS = 86_400_000;
