/**
 * A route: what a client may call, and the limits, deadlines and providers that stand behind it.
 */
import type { Bytes, Milliseconds, Rate } from '../../../schemas/units/index.ts';
import type { ModelNode } from './origin.ts';

export type RouteKind = 'http' | 'sse' | 'websocket';
export type RouteAuth = 'none' | 'api-key' | 'admin-key' | 'signature';

export interface RouteModel extends ModelNode {
  /** `<service>/<name>`, unique in the system. */
  readonly id: string;
  /** Unique in the service; made from the path when the spec gives none. */
  readonly name: string;
  readonly path: string;
  readonly match: 'exact' | 'prefix';
  readonly methods: readonly string[];
  readonly kind: RouteKind;
  readonly auth: RouteAuth;
  readonly limits: readonly LimitModel[];
  /** The whole exchange, or the time to the first byte for streams. */
  readonly timeout: Milliseconds;
  /** The longest silence on a stream; undefined for plain requests. */
  readonly idleTimeout: Milliseconds | undefined;
  /** How often a silent stream is kept alive; shorter than every idle timeout on the path. */
  readonly keepAlive: Milliseconds | undefined;
  readonly bodyLimit: Bytes;
  readonly cors: boolean;
  /** Client networks that may call it; empty means all. */
  readonly allow: readonly string[];
  /** Reachable from outside through the edge. */
  readonly exposed: boolean;
  readonly calls: readonly ProviderCallModel[];
  /** The busiest the team expects it to be. */
  readonly peak: Rate | undefined;
}

/** Whose requests share one budget. */
export type LimitScope = 'client' | 'api-key' | 'tenant' | 'user' | 'organisation' | 'route' | 'global';
export type EnforcementPoint = 'edge' | 'runtime';

export interface LimitModel extends ModelNode {
  /** Routes with the same zone and the same `per` share one budget. */
  readonly zone: string;
  readonly per: LimitScope;
  readonly rate: Rate;
  /** Requests above the steady rate that may come at once. */
  readonly burst: number;
  readonly at: readonly EnforcementPoint[];
  readonly onStoreFailure: 'local' | 'open' | 'closed';
}

/** Calls to a provider that one request of the route starts. */
export interface ProviderCallModel extends ModelNode {
  readonly provider: string;
  /** Parallel calls for one request. */
  readonly fanOut: number;
}
