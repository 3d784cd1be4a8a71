/**
 * Connections to the services behind, one pool for each target.
 *
 * Owns which target is next (they take turns) and the time limits of a connection. Opens nothing before the first
 * request.
 */
import { Pool } from 'undici';
import type { RuntimePolicy, Upstream } from '../../../schemas/runtime-policy.gen.ts';

export interface UpstreamTarget {
  readonly pool: Pool;
  /** `host:port` for the Host header. */
  readonly authority: string;
  readonly headersTimeoutMs: number;
}

export interface Upstreams {
  /** Follows a policy. Connections to targets that stay are kept; others are closed when their requests are over. */
  use(policy: RuntimePolicy): void;
  /** Targets in the order in which to try them. */
  targets(upstream: string): readonly UpstreamTarget[];
  close(): Promise<void>;
}

export function createUpstreams(): Upstreams {
  let groups: ReadonlyMap<string, readonly UpstreamTarget[]> = new Map();
  let pools = new Map<string, UpstreamTarget>();
  const turns = new Map<string, number>();

  return {
    use({ upstreams }) {
      const kept = new Map<string, UpstreamTarget>();
      const open = (target: string, upstream: Upstream): UpstreamTarget => {
        const key = JSON.stringify([target, upstream]);
        const opened = kept.get(key) ?? pools.get(key) ?? openTarget(target, upstream);
        kept.set(key, opened);
        return opened;
      };
      groups = new Map(
        Object.entries(upstreams).map(([name, upstream]) => [
          name,
          upstream.targets.map((target) => open(target, upstream)),
        ]),
      );
      for (const [key, { pool }] of pools) if (!kept.has(key)) void pool.close();
      pools = kept;
    },
    targets(upstream) {
      const targets = groups.get(upstream) ?? [];
      if (targets.length < 2) return targets;
      const turn = (turns.get(upstream) ?? 0) % targets.length;
      turns.set(upstream, turn + 1);
      return [...targets.slice(turn), ...targets.slice(0, turn)];
    },
    async close() {
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

function openTarget(target: string, upstream: Upstream): UpstreamTarget {
  return {
    pool: new Pool(target, {
      connections: upstream.maxConnections,
      connect: { timeout: upstream.connectTimeoutMs },
      keepAliveTimeout: upstream.keepAliveMs,
      keepAliveMaxTimeout: upstream.keepAliveMs,
      // One request a connection at a time: a slow one must not hold up others behind it.
      pipelining: 1,
      allowH2: false,
    }),
    authority: new URL(target).host,
    headersTimeoutMs: upstream.headersTimeoutMs,
  };
}
