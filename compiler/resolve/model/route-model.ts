/**
 * A route: what a client may call, and the limits, deadlines and providers that stand behind it.
 */
import type { Bytes, Milliseconds, Rate, Ratio } from '../../../schemas/units/index.ts';
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
  /** Whether a plain route also takes WebSocket handshakes. */
  readonly upgrade: boolean;
  /** Hosts of the environment that it is served on; empty means all. */
  readonly hosts: readonly string[];
  /** Serves web pages: their security headers are the service's own. */
  readonly pages: boolean;
  readonly auth: RouteAuth;
  readonly limits: readonly LimitModel[];
  /** The whole exchange, or the time to the first byte for streams. */
  readonly timeout: Milliseconds;
  /** The longest silence on a stream; undefined for plain requests. */
  readonly idleTimeout: Milliseconds | undefined;
  /** How often a silent stream is kept alive; shorter than every idle timeout on the path. */
  readonly keepAlive: Milliseconds | undefined;
  readonly bodyLimit: Bytes;
  /** Whether browsers of the environment's origins may call it; the layer that owns headers answers them. */
  readonly cors: boolean;
  /** Whether the service answers browsers of other origins itself. */
  readonly ownCors: boolean;
  /** What differs from the environment's, filled up with it. */
  readonly crossOrigin: CrossOriginModel | undefined;
  /** Client networks that may call it; empty means all. */
  readonly allow: readonly string[];
  /** Reachable from outside through the edge. */
  readonly exposed: boolean;
  readonly calls: readonly ProviderCallModel[];
  /** The busiest the team expects it to be. */
  readonly peak: Rate | undefined;
  /** JSON Schema of the request body. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
  /** Field of the JSON body that must name the caller's tenant. */
  readonly tenantField: string | undefined;
  /** Roles of which a key must have one; empty means any key. */
  readonly roles: readonly string[];
  readonly cache: RouteCacheModel | undefined;
  /** Tags whose cached answers a successful write drops. */
  readonly invalidates: readonly string[];
  /** Most requests and open streams at once in one gateway process; undefined means no bound, which no stream has. */
  readonly maxConcurrent: number | undefined;
  /** Whether the service sees the credential that the gateway has checked. */
  readonly credentials: 'hide' | 'forward';
  /** Largest share of `maxConcurrent` for one tenant. */
  readonly tenantShare: Ratio | undefined;
  readonly priority: 'critical' | 'normal' | 'low';
  readonly retries: RetriesModel | undefined;
  /** What one request counts in each of its limits. */
  readonly cost: number;
  /** Day on which it goes away, `2027-06-30`. */
  readonly sunset: string | undefined;
  /** Only of routes that take WebSocket handshakes. */
  readonly websocket: WebSocketModel | undefined;
}

export interface RouteCacheModel extends ModelNode {
  /** Name of a cache of the gateway. */
  readonly use: string;
  readonly tags: readonly string[];
  readonly by: readonly ('user' | 'organisation' | 'api-key')[];
  readonly methods: readonly ('GET' | 'POST')[];
}

export interface RetriesModel extends ModelNode {
  readonly max: number;
  readonly on: readonly (502 | 503 | 504)[];
  /** Most retries in flight, as a share of all requests in flight. */
  readonly budget: Ratio;
}

export interface WebSocketModel extends ModelNode {
  readonly enabled: boolean;
  readonly maxConnectionsPerTenant: number;
  readonly pingInterval: Milliseconds;
  /** Environment variables that replace the figures at run time. */
  readonly env: {
    readonly enabled?: string;
    readonly maxConnectionsPerTenant?: string;
    readonly pingInterval?: string;
  };
}

/** Whose requests share one budget. */
export type LimitScope = 'client' | 'api-key' | 'tenant' | 'user' | 'organisation' | 'route' | 'global';
export type EnforcementPoint = 'edge' | 'runtime';

export interface LimitModel extends ModelNode {
  /** Routes with the same zone and the same `per` share one budget. That of a route alone ends in its id. */
  readonly zone: string;
  /** Whether the routes that name it draw on one budget; where not, each has its own zone. */
  readonly shared: boolean;
  readonly per: LimitScope;
  readonly rate: Rate;
  /** Requests above the steady rate that may come at once. */
  readonly burst: number;
  readonly at: readonly EnforcementPoint[];
  readonly onStoreFailure: 'local' | 'open' | 'closed';
  /** Other figures by type of key or tier of tenant. */
  readonly variants: readonly LimitVariantModel[];
  /** Environment variables that replace the figures at run time. */
  readonly env: { readonly rate?: string; readonly capacity?: string };
  /** Only counts what it would refuse. */
  readonly dryRun: boolean;
}

export interface LimitVariantModel extends ModelNode {
  readonly name: string;
  readonly rate: Rate;
  readonly burst: number;
}

/** Calls to a provider that one request of the route starts. */
export interface ProviderCallModel extends ModelNode {
  readonly provider: string;
  /** Parallel calls for one request. */
  readonly fanOut: number;
}

export interface CrossOriginModel extends ModelNode {
  /** Request headers in lower case, sorted. */
  readonly headers: readonly string[];
  /** Response headers in lower case, sorted. */
  readonly expose: readonly string[];
  readonly credentials: boolean;
  readonly maxAge: Milliseconds;
}
