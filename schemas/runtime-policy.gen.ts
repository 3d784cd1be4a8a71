// Generated from runtime-policy.schema.json by json-schema-to-typescript; `npm run gen` rewrites it.

/**
 * An address range, IPv4 or IPv6, with prefix length.
 */
export type Cidr = string;
/**
 * An HTTP method. TRACE and CONNECT cannot be allowed.
 */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
/**
 * An HTTP field name in lower case.
 */
export type HeaderName = string;
/**
 * An HTTP field value: printable ASCII, nothing that could end a line.
 */
export type HeaderValue = string;
/**
 * A name: lower-case letters, digits and inner hyphens, at most 63.
 */
export type Name = string;
/**
 * One thing that the service needs.
 */
export type Dependency = StorageDependency | UpstreamDependency | ServerDependency;
/**
 * A duration in whole milliseconds, at least 1.
 */
export type PositiveMilliseconds = number;

/**
 * What the runtime enforces in front of one system in one environment: the compiled form of the spec. A policy is complete: the compiler writes every default into it and the runtime has none of its own, so what is enforced can be read from this one file. It never holds a secret, only names of environment variables. `default` below is what the compiler writes when the spec says nothing.
 */
export interface RuntimePolicy {
  /**
   * Address of this schema, for editors. The runtime ignores it.
   */
  $schema?: string;
  /**
   * Version of this contract. The runtime refuses a version that it does not know.
   */
  apiVersion: 'seaworthy.dev/v1alpha1';
  /**
   * Always RuntimePolicy, so that no other document can be loaded by mistake.
   */
  kind: 'RuntimePolicy';
  /**
   * Name of the system; label `system` of the metrics.
   */
  system: string;
  /**
   * Name of the environment; label `environment` of the metrics.
   */
  environment: string;
  /**
   * How serious the environment is. In `production` the runtime refuses the embedded database unless `storage.database.embedded` says `allowed`.
   */
  stage: 'development' | 'staging' | 'production';
  listen: Listen;
  admin: Listen1;
  trust: Trust;
  cors: Cors;
  securityHeaders: SecurityHeaders;
  auth: Auth;
  /**
   * Services behind the runtime, by name.
   */
  upstreams: {
    [k: string]: Upstream;
  };
  /**
   * Outside providers, by name. Validated and shown by this release; pools, breakers and fallbacks are enforced from v1alpha2 on, and until then the runtime lists them as declared and not enforced (log line at start, `GET /policy` on the admin port, metric `policy_unenforced`).
   */
  providers: {
    [k: string]: Provider;
  };
  /**
   * Rate limits, by id. A route names the ids that apply to it; all of them must admit a request, and a request that one of them refuses counts against none.
   */
  limits: {
    [k: string]: Limit;
  };
  /**
   * Every route that is served. A path that matches none is answered 404, a method that a path does not list 405. An exact path wins over a prefix, a longer prefix over a shorter one; the order has no meaning.
   */
  routes: Route[];
  health: Health;
  shutdown: Shutdown;
  telemetry: Telemetry;
  storage: Storage;
}
/**
 * Where requests are taken.
 */
export interface Listen {
  /**
   * Address to bind.
   */
  host: string;
  /**
   * TCP port; 0 lets the system choose one.
   */
  port: number;
}
/**
 * Where metrics, health with detail and the effective policy are served. Never the port of `listen`, unless both are 0.
 */
export interface Listen1 {
  /**
   * Address to bind.
   */
  host: string;
  /**
   * TCP port; 0 lets the system choose one.
   */
  port: number;
}
/**
 * Which peers may speak for a client.
 */
export interface Trust {
  /**
   * Ranges of the proxies in front. X-Forwarded-For is walked from the right as long as the address is in one of them; from any other peer it is ignored and replaced.
   */
  proxyCidrs: Cidr[];
}
/**
 * Cross-origin rules for the routes that have `cors: true`.
 */
export interface Cors {
  /**
   * Who answers preflights and sends the CORS headers. With `edge`, OPTIONS is an ordinary method here and a preflight that gets this far is answered 405 unless the route lists OPTIONS.
   */
  owner: 'runtime' | 'edge';
  /**
   * Exact origins: scheme, host and, unless it is the default, port. No wildcard, no `null`, no trailing slash.
   */
  origins: string[];
  /**
   * Methods that a preflight may be granted, where the route has them too.
   */
  methods: Method[];
  /**
   * Request headers that a preflight may be granted.
   */
  headers: HeaderName[];
  /**
   * Response headers that scripts may read.
   */
  exposedHeaders: HeaderName[];
  /**
   * Whether cookies and authorization may be sent across origins.
   */
  credentials: boolean;
  /**
   * How long a browser may remember a preflight, in seconds.
   */
  maxAgeSeconds: number;
}
/**
 * Headers that every response carries.
 */
export interface SecurityHeaders {
  /**
   * Who sends them. With `runtime` they replace headers of the same name from an upstream.
   */
  owner: 'runtime' | 'edge';
  /**
   * Name in lower case to value.
   */
  headers: {
    [k: string]: HeaderValue;
  };
}
/**
 * How callers prove who they are.
 */
export interface Auth {
  /**
   * API keys, `<prefix>_<id>_<secret>_<checksum>`. Only a keyed hash of the secret is stored.
   */
  apiKeys: {
    /**
     * An HTTP field name in lower case.
     */
    header: string;
    /**
     * Brand and environment that a key starts with, so that a key of another environment is refused without a look-up.
     */
    prefix: string;
    /**
     * Environment variable with the key of the keyed hash, at least 32 characters. With the embedded database, and only there, one is made and kept beside the data when the variable is not set.
     */
    pepperEnv: string;
    /**
     * How long a key that was found is used without asking the database again: the bound on how long a revoked key still works.
     */
    cacheTtlMs: number;
    /**
     * How long a key that was found goes on working while the database is away. Unknown keys are answered 503 then, never 401.
     */
    maxStaleMs: number;
  };
  /**
   * The administrator's credential, for routes with `auth: admin`, sent as a Bearer token.
   */
  admin: {
    /**
     * Environment variable with the token, at least 32 characters. While it is unset the admin routes do not exist (404).
     */
    env: string;
  };
}
/**
 * A service behind the runtime.
 */
export interface Upstream {
  /**
   * Origins of the instances; requests go round them in turn. Scheme, host and port only.
   *
   * @minItems 1
   */
  targets: string[];
  /**
   * Longest wait for a connection.
   */
  connectTimeoutMs: number;
  /**
   * Longest wait for the response head. The route's timeout also applies.
   */
  headersTimeoutMs: number;
  /**
   * Most connections to each target. Requests beyond wait within the route's timeout.
   */
  maxConnections: number;
  /**
   * How long an idle connection is kept; below the upstream's own keep-alive, or requests race its close.
   */
  keepAliveMs: number;
}
/**
 * An outside provider. Declared, and not enforced by this release.
 */
export interface Provider {
  /**
   * Concurrency pool; providers that name the same pool share it.
   */
  pool: {
    /**
     * A name: lower-case letters, digits and inner hyphens, at most 63.
     */
    name: string;
    /**
     * Most calls in flight at once.
     */
    maxConcurrent: number;
    /**
     * Environment variable that overrides `maxConcurrent`.
     */
    env?: string;
    /**
     * Where calls wait for a place.
     */
    queue: {
      /**
       * Most calls waiting; one more is refused.
       */
      max: number;
      /**
       * Longest wait for a place.
       */
      waitMs: number;
    };
  };
  /**
   * Longest call.
   */
  timeoutMs: number;
  /**
   * When calls stop being tried.
   */
  breaker: {
    /**
     * Age beyond which a call no longer counts.
     */
    windowMs: number;
    /**
     * Fewest calls in the window for a verdict.
     */
    minimumCalls: number;
    /**
     * Share of failures, above 0 and at most 1, at which it opens.
     */
    failureRatio: number;
    /**
     * How long it stays open before probes.
     */
    openMs: number;
    /**
     * Calls let through at once while half-open.
     */
    halfOpenProbes: number;
  };
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  fallback?: string;
}
/**
 * A rate limit, enforced exactly (GCRA): `burst` requests at once, refilled at `requests` per `perMs`.
 */
export interface Limit {
  /**
   * Who shares one budget: each client address (IPv6 by /64), each API key, tenant, user or organisation of the key, each route, or everybody. Scopes that need a key can only be named by routes with `auth: api-key`. A key without tenant, user or organisation is limited by its own id.
   */
  scope: 'client' | 'api-key' | 'tenant' | 'user' | 'organisation' | 'route' | 'global';
  /**
   * Requests refilled in `perMs`; with it an exact fraction, so that 100 a minute is 100/60000 and never 1.6667 a second.
   */
  requests: number;
  /**
   * Time in which `requests` are refilled.
   */
  perMs: number;
  /**
   * Most requests admitted at one instant: the size of the bucket, 1 for strict pacing.
   */
  burst: number;
  /**
   * Status of a refusal.
   */
  status: 429 | 503;
  /**
   * What holds while the shared store is away: each replica's share locally, no limit (`open`), or refusal with 503 (`closed`). This release counts in memory, where the store cannot be away.
   */
  onStoreFailure: 'local' | 'open' | 'closed';
  /**
   * Other figures by the type of the key (scope `api-key`) or the tier of the tenant (scope `tenant`). A type or tier that is not named here has the figures above.
   */
  variants?: {
    /**
     * Figures of one type or tier.
     */
    [k: string]: {
      /**
       * Requests refilled in `perMs`.
       */
      requests: number;
      /**
       * Time in which `requests` are refilled.
       */
      perMs: number;
      /**
       * Most requests admitted at one instant.
       */
      burst: number;
    };
  };
}
/**
 * One route.
 */
export interface Route {
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  id: string;
  /**
   * Path that is matched and forwarded unchanged; label `http_route` of the metrics.
   */
  path: string;
  /**
   * `exact`: this path alone. `prefix`: this path and everything below it, by whole segments.
   */
  match: 'exact' | 'prefix';
  /**
   * Allowed methods. HEAD is allowed wherever GET is. Two routes may share a path when they share no method.
   *
   * @minItems 1
   */
  methods: Method[];
  /**
   * `http`: request and response. `sse`: an event stream, never buffered, `timeoutMs` to its head and `idleTimeoutMs` between events. `static`: files of an upstream, as `http`. `websocket`: declared, and answered 501 by this release (metric `policy_unenforced`).
   */
  kind: 'http' | 'sse' | 'websocket' | 'static';
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  upstream: string;
  /**
   * Who may call: everybody, a holder of an API key, the administrator, or a signer. `signature` is declared, and answered 501 by this release, so that nothing passes unsigned (metric `policy_unenforced`).
   */
  auth: 'none' | 'api-key' | 'admin' | 'signature';
  /**
   * Ids of the limits that apply.
   */
  limits: Name[];
  /**
   * Longest time from the request's head to the response's head (`sse`) or end (others). Beyond it: 504, or the connection is cut when the head was already sent.
   */
  timeoutMs: number;
  /**
   * Longest silence of the upstream within a response body; 0 for none.
   */
  idleTimeoutMs: number;
  /**
   * Largest request body; 0 allows none. Beyond it: 413, before the first byte is forwarded when the length is announced.
   */
  bodyLimitBytes: number;
  /**
   * Whether browsers of other origins may call it, under the rules of `cors`.
   */
  cors: boolean;
  /**
   * Client ranges that may call it; others are answered 403. Absent: all.
   *
   * @minItems 1
   */
  allowCidrs?: Cidr[];
}
/**
 * Probe paths and what readiness looks at.
 */
export interface Health {
  /**
   * Liveness: 200 while the process can answer at all, also while it drains.
   */
  live: string;
  /**
   * Readiness: 503 while starting, draining or without a required dependency; the body says which.
   */
  ready: string;
  /**
   * What readiness looks at; names are unique.
   */
  dependencies: Dependency[];
}
/**
 * The runtime's own database, asked by a query.
 */
export interface StorageDependency {
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  name: string;
  /**
   * The runtime's own database.
   */
  kind: 'storage';
  /**
   * Whether its absence makes the process unready; otherwise it is only shown.
   */
  required: boolean;
  /**
   * Longest wait for its answer.
   */
  timeoutMs: number;
}
/**
 * An upstream: up while one of its targets takes a connection.
 */
export interface UpstreamDependency {
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  name: string;
  /**
   * An upstream of this policy.
   */
  kind: 'upstream';
  /**
   * Whether its absence makes the process unready; otherwise it is only shown.
   */
  required: boolean;
  /**
   * Longest wait for a connection.
   */
  timeoutMs: number;
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  upstream: string;
}
/**
 * A server whose address is in an environment variable (a URL): up while it takes a connection.
 */
export interface ServerDependency {
  /**
   * A name: lower-case letters, digits and inner hyphens, at most 63.
   */
  name: string;
  /**
   * What it is; decides the port where the URL names none.
   */
  kind: 'postgresql' | 'redis' | 'http';
  /**
   * Whether its absence makes the process unready; otherwise it is only shown.
   */
  required: boolean;
  /**
   * Longest wait for a connection.
   */
  timeoutMs: number;
  /**
   * Environment variable with its URL. Unset counts as away.
   */
  env: string;
}
/**
 * How the process ends without losing a request.
 */
export interface Shutdown {
  /**
   * How long requests are still taken while readiness already says no, so that balancers can notice. With a preStop sleep it may be 0.
   */
  drainDelayMs: number;
  /**
   * How long requests in flight may take after that; the rest is cut. preStop + drainDelayMs + drainTimeoutMs + 5000 must stay below the grace period of the platform.
   */
  drainTimeoutMs: number;
}
/**
 * What is measured and how finely.
 */
export interface Telemetry {
  /**
   * Upper bounds of the latency histograms in milliseconds, rising. Every latency objective's threshold is one of them, so that its share can be read exactly; on the metric they appear in seconds.
   *
   * @minItems 1
   * @maxItems 40
   */
  latencyBucketsMs: PositiveMilliseconds[];
  /**
   * Whether `http_route` holds the path of the route, or always the empty string where a system has too many routes for a label.
   */
  routeLabels: boolean;
  /**
   * Least severe log lines that are written. Failures are always written.
   */
  logLevel: 'debug' | 'info' | 'warn' | 'error';
}
/**
 * Where keys and counters are kept.
 */
export interface Storage {
  /**
   * Where API keys are kept.
   */
  database: {
    /**
     * The kind of database.
     */
    kind: 'postgresql';
    /**
     * Environment variable with the connection URL.
     */
    env: string;
    /**
     * Whether the embedded database may stand in while the variable is unset. Never with more than one replica.
     */
    embedded: 'allowed' | 'forbidden';
  };
  /**
   * Where rate limits are counted.
   */
  counters: MemoryCounters | RedisCounters;
  /**
   * Most processes that run this policy at once (the upper bound of the autoscaler, not the lower).
   */
  replicas: number;
}
/**
 * In each process: with `replicas` above 1, each enforces its exact share (rate and burst divided by `replicas`).
 */
export interface MemoryCounters {
  /**
   * In the process.
   */
  kind: 'memory';
}
/**
 * Shared through Redis. Declared, and not enforced by this release, which counts each replica's share in memory instead and says so (metric `policy_unenforced`).
 */
export interface RedisCounters {
  /**
   * In Redis.
   */
  kind: 'redis';
  /**
   * Environment variable with the connection URL.
   */
  env: string;
}
