/**
 * Which database the runtime uses.
 *
 * A pure decision from the policy and the environment, made before anything is opened, so that a wrong one ends the
 * start with a sentence and not with lost keys.
 */
import pg from 'pg';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export type StoragePlan =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'postgresql';
      readonly url: string;
      readonly max: number;
      readonly idleTimeoutMs: number;
      readonly acquireTimeoutMs: number;
      readonly statementTimeoutMs: number;
      readonly replica: { readonly url: string; readonly maxLagMs: number } | undefined;
    }
  | { readonly kind: 'embedded'; readonly directory: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

const POOL = { max: 10, idleTimeoutMs: 30_000, acquireTimeoutMs: 1_000 };
const STATEMENT_TIMEOUT_MS = 2_000;
const POSTGRES_URL = /^postgres(?:ql)?:\/\//;

/** Plans storage. `directory` is where an embedded database persists; without one it lives in memory. */
export function planStorage(policy: RuntimePolicy, env: Environment, directory: string | undefined): StoragePlan {
  const { database, replicas } = policy.storage;
  if (!needsStorage(policy)) return { kind: 'none' };
  const url = env[database.env];
  if (url !== undefined && url !== '') return planPostgres(policy, url, env);
  if (database.embedded === 'forbidden') {
    return { kind: 'refused', reason: `${database.env} must be set: the policy forbids the embedded database` };
  }
  if (replicas > 1) {
    return {
      kind: 'refused',
      reason: `${database.env} must be set: the embedded database serves one process, and the policy allows ${replicas} replicas`,
    };
  }
  return { kind: 'embedded', directory };
}

/** Whether anything of the policy is kept in a database. */
export function needsStorage({ routes, health }: RuntimePolicy): boolean {
  return (
    routes.some((route) => route.auth === 'api-key') ||
    health.dependencies.some((dependency) => dependency.kind === 'storage')
  );
}

function planPostgres({ storage }: RuntimePolicy, url: string, env: Environment): StoragePlan {
  const { database } = storage;
  const replicaUrl = database.replica === undefined ? undefined : env[database.replica.env];
  const replica =
    database.replica === undefined || replicaUrl === undefined || replicaUrl === ''
      ? undefined
      : { url: replicaUrl, maxLagMs: database.replica.maxLagMs };
  const reason = checkUrl(database.env, url) ?? (replica && checkUrl(database.replica?.env ?? '', replica.url));
  if (reason !== undefined) return { kind: 'refused', reason };
  return {
    kind: 'postgresql',
    url,
    ...(database.pool ?? POOL),
    statementTimeoutMs: database.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    replica,
  };
}

/** What is wrong with the value of a variable. It may hold a password, so it is never repeated. */
function checkUrl(name: string, url: string): string | undefined {
  if (!POSTGRES_URL.test(url)) return `${name} must be a postgresql:// URL`;
  try {
    // Reads the files of certificates that the URL names; connects to nothing.
    new pg.Client({ connectionString: url });
    return undefined;
  } catch {
    return `${name} cannot be used: it is no URL, or a file that it names cannot be read`;
  }
}
