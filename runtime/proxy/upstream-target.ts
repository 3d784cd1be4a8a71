/**
 * One instance of a service behind: its connections and its load.
 *
 * Owns one pool for requests and the TLS identity that it shows. Health questions have a connection of their own, or a
 * target whose pool is full would look ill.
 */
import { type buildConnector, Pool } from 'undici';
import { RESPONSE_HEAD_BYTES } from '../../schemas/http-limits.ts';
import type { Upstream } from '../../schemas/runtime-policy.gen.ts';
import type { TlsMaterial } from '../http/tls-files.ts';
import type { TargetHealth } from './target-health.ts';
import { createConnector } from './upstream-connector.ts';

export interface UpstreamTarget {
  /** As the policy writes it. */
  readonly origin: string;
  readonly pool: Pool;
  /** For questions about its health. */
  readonly side: Pool;
  /** `host:port` for the Host header. */
  readonly authority: string;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly health: TargetHealth;
  /** What a connection beside the pools (a tunnel) has to show; read for each one, as files change. */
  readonly tls: () => TlsMaterial;
  /** Attempts and tunnels in flight. */
  active: number;
}

export interface TargetOptions {
  readonly origin: string;
  readonly upstream: Upstream;
  readonly health: TargetHealth;
  readonly tls: () => TlsMaterial;
}

/** The part of an upstream that its connections were opened with: when it stays the same, so do they. */
export function connectionKey(origin: string, upstream: Upstream): string {
  const { connectTimeoutMs, headersTimeoutMs, maxConnections, keepAliveMs, tls } = upstream;
  return JSON.stringify([origin, connectTimeoutMs, headersTimeoutMs, maxConnections, keepAliveMs, tls]);
}

/** Opens nothing before the first request. */
export function createTarget({ origin, upstream, health, tls }: TargetOptions): UpstreamTarget {
  const { connectTimeoutMs: timeout, keepAliveMs, maxConnections, headersTimeoutMs } = upstream;
  const options = {
    // A certificate that was replaced is shown from the next connection on.
    connect: upstream.tls === undefined ? createConnector({ timeout }) : followFiles(timeout, tls),
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // One request a connection at a time: a slow one must not hold up others behind it.
    pipelining: 1,
    maxHeaderSize: RESPONSE_HEAD_BYTES,
    allowH2: false,
  };
  return {
    origin,
    pool: new Pool(origin, { ...options, connections: maxConnections }),
    side: new Pool(origin, { ...options, connections: 1 }),
    authority: new URL(origin).host,
    connectTimeoutMs: timeout,
    headersTimeoutMs,
    health,
    tls,
    active: 0,
  };
}

function followFiles(timeout: number, tls: () => TlsMaterial): buildConnector.connector {
  let shown: TlsMaterial | undefined;
  let connector: buildConnector.connector | undefined;
  return (options, callback) => {
    const material = tls();
    if (connector === undefined || material !== shown) {
      shown = material;
      connector = createConnector({ ...material, timeout });
    }
    connector(options, callback);
  };
}
