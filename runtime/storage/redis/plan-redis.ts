/**
 * Which Redis the runtime uses, from the policy and the environment.
 *
 * A pure decision, made before anything is opened. The address holds a password: it is taken apart here and never repeated,
 * neither in a reason nor in a log.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export type RedisPlan =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'redis' } & RedisAddress)
  | { readonly kind: 'refused'; readonly reason: string };

export interface RedisAddress {
  readonly mode: 'single' | 'sentinel' | 'cluster';
  /** The server, the sentinels, or the nodes that are asked first. */
  readonly nodes: readonly RedisNode[];
  /** Name of the group that the sentinels watch; only with them. */
  readonly master: string | undefined;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;
const ADDRESS =
  /^(?<scheme>rediss?)(?<sentinel>\+sentinel)?:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<nodes>[^@/?#]+)(?:\/(?<path>[^/?#]*))?$/;
const NODE = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<host>[A-Za-z0-9._-]+))(?::(?<port>\d{1,5}))?$/;

const FORMS = {
  single: 'redis://host:port',
  sentinel: 'redis+sentinel://host:port,host:port/name',
  cluster: 'redis://host:port,host:port',
} as const;

/** What `storage.counters` asks for. Forms of the address: see `FORMS`; `rediss` for TLS, `user:password@` before the hosts. */
export function planRedis(policy: RuntimePolicy, env: Readonly<Record<string, string | undefined>>): RedisPlan {
  const { counters } = policy.storage;
  if (counters.kind !== 'redis') return { kind: 'none' };
  const url = env[counters.env];
  if (url === undefined || url === '') {
    return { kind: 'refused', reason: `${counters.env} must be set: the policy counts in Redis` };
  }
  const mode = counters.mode ?? 'single';
  const address = parseRedisUrl(url, mode);
  return address === undefined
    ? { kind: 'refused', reason: `${counters.env} must be an address such as ${FORMS[mode]}` }
    : { kind: 'redis', ...address };
}

/** Undefined when the text has not the form of the mode. */
export function parseRedisUrl(url: string, mode: RedisAddress['mode']): RedisAddress | undefined {
  const found = ADDRESS.exec(url.trim())?.groups;
  if (found === undefined || (found['sentinel'] !== undefined) !== (mode === 'sentinel')) return undefined;
  const fallback = mode === 'sentinel' ? SENTINEL_PORT : REDIS_PORT;
  const nodes = (found['nodes'] ?? '').split(',').map((text) => parseNode(text, fallback));
  const path = found['path'] ?? '';
  if (!nodes.every((node) => node !== undefined) || !fitsMode(mode, nodes.length, path)) return undefined;
  const username = decode(found['user']);
  const password = decode(found['password']);
  if (username === null || password === null) return undefined;
  return {
    mode,
    nodes,
    master: mode === 'sentinel' ? path : undefined,
    database: mode === 'single' && path !== '' ? Number(path) : 0,
    username,
    password,
    tls: found['scheme'] === 'rediss',
  };
}

function fitsMode(mode: RedisAddress['mode'], nodes: number, path: string): boolean {
  switch (mode) {
    case 'single':
      return nodes === 1 && /^\d{0,4}$/.test(path);
    case 'sentinel':
      return /^[A-Za-z0-9._-]+$/.test(path);
    case 'cluster':
      // A cluster has one database.
      return path === '' || path === '0';
  }
}

function parseNode(text: string, fallback: number): RedisNode | undefined {
  const found = NODE.exec(text)?.groups;
  const port = Number(found?.['port'] ?? fallback);
  const host = found?.['v6'] ?? found?.['host'];
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** Undefined when there is nothing, null when it is no percent-encoded text. */
function decode(text: string | undefined): string | undefined | null {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
