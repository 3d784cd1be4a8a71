/**
 * Asks one dependency whether it is there.
 *
 * The runtime's own database answers a query; everything else counts as up while it takes a TCP connection, which needs
 * no credential and leaves no trace in its log.
 */
import { connect } from 'node:net';
import type { Dependency, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export interface ProbeOptions {
  readonly policy: RuntimePolicy;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly askStorage: (name: string) => Promise<unknown>;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { postgresql: 5432, redis: 6379, http: 80 };

export function createDependencyProbe({
  policy,
  env,
  askStorage,
}: ProbeOptions): (dependency: Dependency) => Promise<boolean> {
  return async function probeDependency(dependency) {
    const { timeoutMs } = dependency;
    switch (dependency.kind) {
      case 'storage':
        return within(timeoutMs, askStorage(dependency.name));
      case 'upstream': {
        const targets = policy.upstreams[dependency.upstream]?.targets ?? [];
        const answers = await Promise.all(targets.map((target) => connects(target, 80, timeoutMs)));
        return answers.includes(true);
      }
      default: {
        const url = env[dependency.env];
        return url !== undefined && connects(url, DEFAULT_PORTS[dependency.kind] ?? 80, timeoutMs);
      }
    }
  };
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const answer = work.then(
    () => true,
    () => false,
  );
  const result = await Promise.race([answer, late]);
  clearTimeout(timer);
  return result;
}

function connects(url: string, defaultPort: number, timeoutMs: number): Promise<boolean> {
  if (!URL.canParse(url)) return Promise.resolve(false);
  const { hostname, port, protocol } = new URL(url);
  const fallback = protocol === 'https:' ? 443 : defaultPort;
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const socket = connect({ host, port: port === '' ? fallback : Number(port), timeout: timeoutMs });
    const finish = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
