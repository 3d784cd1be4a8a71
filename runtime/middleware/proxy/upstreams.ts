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
  /** Targets in the order in which to try them. */
  targets(upstream: string): readonly UpstreamTarget[];
  close(): Promise<void>;
}

export function createUpstreams(policy: RuntimePolicy): Upstreams {
  const groups = new Map(Object.entries(policy.upstreams).map(([name, upstream]) => [name, openTargets(upstream)]));
  const turns = new Map<string, number>();
  return {
    targets(upstream) {
      const targets = groups.get(upstream) ?? [];
      if (targets.length < 2) return targets;
      const turn = turns.get(upstream) ?? 0;
      turns.set(upstream, (turn + 1) % targets.length);
      return [...targets.slice(turn), ...targets.slice(0, turn)];
    },
    async close() {
      await Promise.all([...groups.values()].flat().map(({ pool }) => pool.destroy()));
    },
  };
}

function openTargets(upstream: Upstream): readonly UpstreamTarget[] {
  return upstream.targets.map((target) => ({
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
  }));
}
