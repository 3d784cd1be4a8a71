/**
 * Everything that callers' identities need, opened together: database, pepper, caches, administration.
 *
 * Owns what follows from the plan: nothing where no route needs a key, a refusal where the environment does not fit. How a
 * change of a row reaches the caches is owned by changed-rows.ts.
 */

import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { DAY_MS } from '../../../schemas/units/duration.ts';
import type { Clock } from '../../resilience/clock.ts';
import type { Row } from '../../storage/postgres/database.ts';
import { whyNotEmbedded } from '../../storage/postgres/embedded-directory.ts';
import { openStorage } from '../../storage/postgres/open-storage.ts';
import { planStorage } from '../../storage/postgres/plan-storage.ts';
import type { Storage, StorageEvent, StorageState } from '../../storage/postgres/storage.ts';
import type { Audit } from './audit.ts';
import { createChangedRows } from './changed-rows.ts';
import { createFixedCallers, warnOfTenants } from './fixed-callers.ts';
import { createKeyAdministration, type KeyAdministration } from './key-administration.ts';
import { createKeyDirectory, type KeyDirectory } from './key-directory.ts';
import { findKey } from './key-records.ts';
import { createLastUsed } from './last-used.ts';
import { findPepper } from './pepper.ts';
import { createRecordCache, type RecordCache } from './record-cache.ts';
import { createTenantAdministration, type TenantAdministration } from './tenant-administration.ts';
import { findTenant, type TenantRecord } from './tenant-records.ts';

export interface Identity {
  readonly keys: KeyDirectory;
  /** For administrators; who may call is decided by the caller. */
  readonly apiKeys: KeyAdministration;
  /** For administrators; undefined unless `auth.tenants.store` of the policy in force is `database`. */
  readonly tenants: TenantAdministration | undefined;
  /** Asks the database whether it is there; `tenants` also whether their table can be read. Fails when not. */
  check(what: 'database' | 'tenants'): Promise<void>;
  readonly query: (sql: string, parameters?: readonly unknown[]) => Promise<readonly Row[]>;
  readonly state: IdentityState;
  /** Settles when the database was tried once, whatever came of it. */
  readonly firstAttempt: Promise<void>;
  /** Why there will never be a database, whatever is waited for; undefined while there may be one. */
  failure(): string | undefined;
  /** Takes what a policy says of keys and tenants; called again by a reload. */
  use(policy: RuntimePolicy): void;
  /** Writes what waits, and closes the database. Calling it again waits for the same end. */
  close(): Promise<void>;
}

/** What metrics read. */
export interface IdentityState extends StorageState {
  readonly isListening: boolean;
  readonly cached: Readonly<Record<'api_key' | 'tenant', RecordCache<unknown>['size']>>;
  /** Requests with a key in grace, by the type of the key. */
  readonly graceUses: ReadonlyMap<string, number>;
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
  /** Hears what an operator should know of the variables. */
  readonly warn: (message: string) => void;
}

const DEFAULT_GRACE_MS = DAY_MS;
const DEFAULT_FLUSH_MS = 15_000;

export async function openIdentity(options: IdentityOptions): Promise<OpenedIdentity> {
  const { policy, env, dataDirectory } = options;
  const { pepperEnv } = policy.auth.apiKeys;
  const plan = planStorage(policy, env, dataDirectory);
  if (plan.kind === 'refused') return plan;
  if (plan.kind === 'none') return { kind: 'opened', identity: undefined };
  const fault =
    plan.kind === 'embedded' ? await whyNotEmbedded(plan.directory, policy.storage.database.env) : undefined;
  if (fault !== undefined) return { kind: 'refused', reason: fault };
  const found = await findPepper(pepperEnv, env[pepperEnv], plan);
  if (found.kind === 'refused') return found;
  const storage = openStorage({ plan, clock: options.clock, onEvent: options.onStorage });
  return { kind: 'opened', identity: createIdentity(options, storage, found.value) };
}

function createIdentity(
  { policy, env, clock, audit, warn }: IdentityOptions,
  storage: Storage,
  pepper: string,
): Identity {
  const { query, firstAttempt } = storage;
  const { prefix } = policy.auth.apiKeys;
  let { auth } = policy;
  let fixed = createFixedCallers(auth.tenants, env);
  let closing: Promise<void> | undefined;
  const graceUses = new Map<string, number>();
  const rows = createChangedRows(storage, policy.storage.database.replica?.maxLagMs ?? 0, clock);
  const times = { ttlMs: () => auth.apiKeys.cacheTtlMs, maxStaleMs: () => auth.apiKeys.maxStaleMs, clock };
  const tenantRows = createRecordCache<TenantRecord>({ find: (id) => findTenant(rows.lookUp(id), id), ...times });
  const isInDatabase = () => auth.tenants?.store === 'database';
  const lastUsed = createLastUsed({
    query,
    flushMs: () => auth.apiKeys.lastUsedFlushMs ?? DEFAULT_FLUSH_MS,
    wallMs: clock.wallMs,
    onError: () => undefined,
  });
  const directory = createKeyDirectory({
    find: (id) => findKey(rows.lookUp(id), id),
    prefix,
    pepper,
    ...times,
    tenants: () => (isInDatabase() ? tenantRows : undefined),
    fixed: () => fixed,
    onUse: lastUsed.note,
    onGrace: (keyType) => count(graceUses, graceLabel(keyType, auth.apiKeys.types)),
  });

  const followed = rows.follow({ keys: directory.keys, tenants: tenantRows });
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
    hasTenant: () => (isInDatabase() ? async (id) => (await findTenant(query, id)) !== undefined : undefined),
    onChange: (id) => followed.changed('keys', id),
    audit,
  });
  const tenants = createTenantAdministration({
    storage,
    tiers: () => auth.tenants?.tiers,
    onChange: (id) => followed.changed('tenants', id),
    audit,
  });

  return {
    keys: directory,
    apiKeys,
    get tenants() {
      return isInDatabase() ? tenants : undefined;
    },
    check: (what) =>
      storage.check(what === 'database' ? 'select 1' : 'select id, tier, active from seaworthy_tenants limit 1'),
    query,
    state: stateOf(storage, {
      isListening: () => followed.isListening,
      cached: () => ({ api_key: directory.keys.size, tenant: tenantRows.size }),
      graceUses,
    }),
    firstAttempt,
    failure: () => storage.state.failure,
    use(next) {
      auth = next.auth;
      fixed = createFixedCallers(auth.tenants, env);
      for (const warning of warnOfTenants(auth.tenants, env)) warn(warning);
      for (const type of ['none', ...(auth.apiKeys.types ?? [])]) count(graceUses, type, 0);
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };

  async function closeAll(): Promise<void> {
    await lastUsed.close();
    await followed.close();
    await storage.close();
  }
}

/** A label of the policy, so that their number is bounded by it. */
function graceLabel(keyType: string | undefined, types: readonly string[] | undefined): string {
  if (keyType === undefined) return 'none';
  return types?.includes(keyType) === true ? keyType : 'other';
}

function count(counts: Map<string, number>, name: string, by = 1): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

function stateOf(
  { state }: Storage,
  own: {
    readonly isListening: () => boolean;
    readonly cached: () => IdentityState['cached'];
    readonly graceUses: ReadonlyMap<string, number>;
  },
): IdentityState {
  return {
    get isUp() {
      return state.isUp;
    },
    get failure() {
      return state.failure;
    },
    get primary() {
      return state.primary;
    },
    get replica() {
      return state.replica;
    },
    reads: state.reads,
    get isListening() {
      return own.isListening();
    },
    get cached() {
      return own.cached();
    },
    graceUses: own.graceUses,
  };
}
