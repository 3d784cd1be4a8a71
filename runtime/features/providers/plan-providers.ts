/**
 * What a policy and the environment together say of the providers.
 *
 * Owns the credentials, which only the environment holds; pool sizes that a variable overrides are in the policy by now
 * (environment/). Pure: asked before a start and before a reload, so that a bad value refuses either and nothing half
 * follows. Values are never repeated in a reason.
 */
import type { Provider, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export interface PlannedProvider {
  readonly name: string;
  readonly declared: Provider;
  readonly pool: PlannedPool | undefined;
  readonly targets: readonly PlannedTarget[];
}

export interface PlannedPool {
  readonly name: string;
  readonly size: number;
  readonly queue: number;
  readonly waitMs: number;
}

export interface PlannedTarget {
  readonly name: string;
  readonly origin: string;
  /** `host[:port]`, for the Host header. */
  readonly authority: string;
  /** Without a slash at its end. */
  readonly basePath: string;
  /** Undefined when none is declared, `missing` when its variable is not set. */
  readonly credential: Credential | 'missing' | undefined;
}

export interface Credential {
  readonly header: string;
  /** As it is sent. */
  readonly value: string;
  /** As it is in the environment. */
  readonly secret: string;
}

export type ProviderPlan =
  | { readonly kind: 'plan'; readonly providers: ReadonlyMap<string, PlannedProvider> }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** What may stand in a field value (RFC 9110, 5.5), without what is not ASCII. */
const FIELD_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

export function planProviders({ providers }: RuntimePolicy, env: Environment): ProviderPlan {
  const reasons = Object.values(providers).flatMap((provider) => reasonsAgainst(provider, env));
  if (reasons.length > 0) return { kind: 'refused', reasons: [...new Set(reasons)] };
  const planned = Object.entries(providers).map(([name, declared]): [string, PlannedProvider] => [
    name,
    { name, declared, pool: planPool(declared), targets: planTargets(declared, env) },
  ]);
  return { kind: 'plan', providers: new Map(planned) };
}

/** Whether a provider has a target that can be called. One without targets is called by its host (library form). */
export function isConfigured({ targets }: PlannedProvider): boolean {
  return targets.length === 0 || targets.some(({ credential }) => credential !== 'missing');
}

function reasonsAgainst({ targets = [] }: Provider, env: Environment): readonly string[] {
  return targets.flatMap(({ credentials }) => {
    const secret = credentials === undefined ? undefined : read(env, credentials.env);
    if (secret === undefined || FIELD_VALUE.test(secret)) return [];
    return [`${credentials?.env} must not hold a character that cannot stand in a header`];
  });
}

function planPool({ pool }: Provider): PlannedPool | undefined {
  if (pool === undefined) return undefined;
  return { name: pool.name, size: pool.maxConcurrent, queue: pool.queue.max, waitMs: pool.queue.waitMs };
}

function planTargets({ targets = [] }: Provider, env: Environment): readonly PlannedTarget[] {
  return targets.map(({ name, url, credentials }) => {
    const { origin, host, pathname } = new URL(url);
    const secret = credentials === undefined ? undefined : read(env, credentials.env);
    return {
      name,
      origin,
      authority: host,
      basePath: pathname.replace(/\/+$/, ''),
      credential: credentials === undefined ? undefined : planCredential(credentials.header, secret),
    };
  });
}

function planCredential(header: string, secret: string | undefined): Credential | 'missing' {
  if (secret === undefined) return 'missing';
  return { header, secret, value: header === 'authorization' ? `Bearer ${secret}` : secret };
}

/** An empty variable is one that is not set. */
function read(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}
