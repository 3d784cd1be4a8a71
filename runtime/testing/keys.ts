/**
 * A policy whose route asks for a key, a second replica for tests to administrate with, and waiting for what spreads.
 */
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { AuditEntry } from '../features/identity/audit.ts';
import type { Created } from '../features/identity/key-administration.ts';
import { type Identity, openIdentity } from '../features/identity/open-identity.ts';
import type { Clock } from '../resilience/clock.ts';
import type { StorageEvent } from '../storage/postgres/storage.ts';
import { testPolicy, testRoute, testUpstream } from './policy.ts';

export const TEST_PEPPER = 'a pepper of thirty-two characters or more';

type ApiKeys = RuntimePolicy['auth']['apiKeys'];
export interface KeyedChange {
  readonly keys?: Partial<ApiKeys>;
  readonly tenants?: RuntimePolicy['auth']['tenants'];
  readonly database?: Partial<RuntimePolicy['storage']['database']>;
  readonly policy?: Partial<RuntimePolicy>;
}

/** `/v1/items` asks for a key, `/open` for none. Rows are cached for ten minutes, so what is seen sooner was told. */
export function keyedPolicy(upstream: string, { keys, tenants, database, policy }: KeyedChange = {}): RuntimePolicy {
  const base = testPolicy();
  return testPolicy({
    routes: [testRoute({ auth: 'api-key' }), testRoute({ id: 'open', path: '/open' })],
    upstreams: { main: testUpstream(upstream) },
    auth: {
      ...base.auth,
      apiKeys: { ...base.auth.apiKeys, cacheTtlMs: 600_000, graceMs: 3_600_000, ...keys },
      ...defined({ tenants }),
    },
    storage: { ...base.storage, database: { ...base.storage.database, embedded: 'forbidden', ...database } },
    health: { ...base.health, dependencies: [{ name: 'database', kind: 'storage', required: true, timeoutMs: 900 }] },
    ...policy,
  });
}

export interface TestReplica {
  readonly identity: Identity;
  readonly audit: AuditEntry[];
  readonly events: StorageEvent[];
}

/** Another process with the same policy and database, without its servers. */
export async function openReplica(
  policy: RuntimePolicy,
  env: Readonly<Record<string, string>>,
  clock: Clock,
  later: (cleanUp: () => Promise<unknown>) => void,
  dataDirectory?: string,
): Promise<TestReplica> {
  const audit: AuditEntry[] = [];
  const events: StorageEvent[] = [];
  const opened = await openIdentity({
    policy,
    env,
    dataDirectory,
    clock,
    onStorage: (event) => events.push(event),
    audit: (entry) => audit.push(entry),
    warn: () => undefined,
  });
  if (opened.kind === 'refused') throw new Error(opened.reason);
  const { identity } = opened;
  if (identity === undefined) throw new Error('the policy needs no identity');
  later(() => identity.close());
  identity.use(policy);
  await identity.firstAttempt;
  return { identity, audit, events };
}

export async function makeKey(
  { identity }: TestReplica,
  key: Parameters<Identity['apiKeys']['create']>[0],
): Promise<Created> {
  const result = await identity.apiKeys.create(key, { actor: 'test' });
  if (result.kind !== 'created') throw new Error(JSON.stringify(result));
  return result;
}

/** Calls with a key and gives back the response; its body is read. */
export async function call(url: string, key?: string, path = '/v1/items'): Promise<Response> {
  const response = await fetch(`${url}${path}`, key === undefined ? {} : { headers: { 'x-api-key': key } });
  await response.arrayBuffer();
  return response;
}

/** Calls as `call` does, and again when told to come back: on a busy machine a healthy database may be late, too. */
export async function steadyCall(url: string, key?: string, path?: string): Promise<Response> {
  for (let tries = 0; tries < 20; tries += 1) {
    const response = await call(url, key, path);
    if (response.status !== 503) return response;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return call(url, key, path);
}

/** Asks again until it is so, for at most 15 s. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error(`did not become true: ${isSo}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
