/** Defaults of what the runtime does beyond routes and limits. */
import type { Default } from './default.ts';

export const RUNTIME_DEFAULTS = {
  'cache-max-entries': {
    value: 10_000,
    field: 'Service.spec.runtime.caches[].maxEntries',
    reason: 'A cache without bound is a leak.',
  },
  'cache-max-entry': {
    value: '1Mi',
    field: 'Service.spec.runtime.caches[].maxEntry',
    reason: 'One large answer must not push out a thousand small ones.',
  },
  'cache-max-size': {
    value: '64Mi',
    field: 'Service.spec.runtime.caches[].maxSize',
    reason: 'Fits beside everything else in a small container.',
  },
  'cache-methods': {
    value: 'GET',
    field: 'Service.spec.routes[].cache.methods',
    reason: 'Whether a POST may be answered from memory only its owner knows.',
  },
  'cache-stale-if-error': {
    value: '0s',
    field: 'Service.spec.runtime.caches[].staleIfError',
    reason: 'Serving what is out of date is a decision, so it must be written.',
  },
  'cache-store': {
    value: 'memory',
    field: 'Service.spec.runtime.caches[].store',
    reason: 'Needs nothing, and cannot be away.',
  },
  'development-tenant': {
    value: false,
    field: 'Service.spec.runtime.tenants.development.enabled',
    reason: 'Accepting any key is a decision, so it must be written.',
  },
  'failures-burst': {
    value: 10,
    field: 'Service.spec.runtime.keys.failures.burst',
    reason: 'A client that was configured wrongly tries a few times before somebody looks.',
  },
  'key-grace': {
    value: '24h',
    field: 'Service.spec.runtime.keys.grace',
    reason: 'A working day to give the new key to everybody who needs it.',
  },
  'limit-fields': {
    value: 'draft',
    field: 'Service.spec.runtime.limitFields',
    reason: 'The older fields mean something else everywhere.',
  },
  'log-callers': {
    value: 'full',
    field: 'Service.spec.runtime.log.callers',
    reason: 'Who misuses the API must be found.',
  },
  'log-level': {
    value: 'info',
    field: 'Service.spec.runtime.log.level',
    reason: 'One line a request, and none for what is only interesting while building.',
  },
  'outlier-failures': {
    value: 5,
    field: 'Service.spec.outliers.failures',
    reason: 'A single failure is noise, five in a row are an outage.',
  },
  'outlier-leave-out': {
    value: '10s',
    field: 'Service.spec.outliers.leaveOut',
    reason: 'Long enough for a restart.',
  },
  'queue-max-deliveries': {
    value: 5,
    field: 'Datastore.spec.streams[].maxDeliveries',
    reason: 'What failed five times fails a sixth time too, and holds up the others.',
  },
  'queue-reclaim-after': {
    value: '1m',
    field: 'Datastore.spec.streams[].reclaimAfter',
    reason: 'A consumer that says nothing for so long is usually gone.',
  },
  'replica-max-lag': {
    value: '5s',
    field: 'Service.spec.runtime.readReplica.maxLag',
    reason: 'Keys and tenants change rarely; five seconds are no surprise.',
  },
  'retries-budget': {
    value: '20%',
    field: 'Service.spec.routes[].retries.budget',
    reason: 'During an outage retries must not become the load.',
  },
  'retries-max': { value: 2, field: 'Service.spec.routes[].retries.max', reason: 'A third try seldom helps.' },
  'route-balance': {
    value: 'round-robin',
    field: 'Service.spec.balance',
    reason: 'Fair as long as requests cost about the same.',
  },
  'route-cost': { value: 1, field: 'Service.spec.routes[].cost', reason: 'A request is a request.' },
  'route-priority': {
    value: 'normal',
    field: 'Service.spec.routes[].priority',
    reason: 'Who matters more is a decision, so it must be written.',
  },
  'signing-max-body': {
    value: '1Mi',
    field: 'Service.spec.runtime.signing.maxBody',
    reason: 'A signed body is held in memory until its hash was compared.',
  },
  'signing-max-skew': {
    value: '60s',
    field: 'Service.spec.runtime.signing.maxSkew',
    reason: 'Clocks are seldom further off, and a stolen request is of little use after it.',
  },
  'signing-profile': {
    value: 'simple',
    field: 'Service.spec.runtime.signing.profile',
    reason: 'Any client can make it with one function.',
  },
  'signing-skew-status': {
    value: 401,
    field: 'Service.spec.runtime.signing.skewStatus',
    reason: 'Too old is one way of not being authentic.',
  },
  'signing-store-failure': {
    value: 'closed',
    field: 'Service.spec.runtime.signing.onStoreFailure',
    reason: 'Without the shared memory a captured request could be used again on another replica.',
  },
  'websocket-enabled': {
    value: true,
    field: 'Service.spec.routes[].websocket.enabled',
    reason: 'A route is there to be called.',
  },
  'websocket-max-connections-per-tenant': {
    value: 100,
    field: 'Service.spec.routes[].websocket.maxConnectionsPerTenant',
    reason: 'One tenant must not hold all sockets.',
  },
  'tenant-store': {
    value: 'memory',
    field: 'Service.spec.runtime.tenants.store',
    reason: 'Needs no table.',
  },
  'throttle-min': {
    value: 1,
    field: 'Provider.spec.throttle.min',
    reason: 'One call in flight tells when the provider has recovered.',
  },
  'throttle-recover': {
    value: '1s',
    field: 'Provider.spec.throttle.recover',
    reason: 'Grows back slowly enough not to be throttled again at once.',
  },
  'tracing-enabled': {
    value: true,
    field: 'Service.spec.runtime.tracing.enabled',
    reason: 'Who declares tracing wants it.',
  },
  'tracing-env': {
    value: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    field: 'Service.spec.runtime.tracing.env',
    reason: 'The name in the OpenTelemetry specification.',
  },
  'tracing-protocol': {
    value: 'grpc',
    field: 'Service.spec.runtime.tracing.protocol',
    reason: 'What collectors listen for on 4317.',
  },
  'tracing-sample': {
    value: '1%',
    field: 'Service.spec.runtime.tracing.sample',
    reason: 'Tracing is the dearest feature of the runtime; one request in a hundred shows the shape.',
  },
  'variable-format': {
    value: 'text',
    field: 'Service.spec.runtime.environment[].format',
    reason: 'Any text will do unless somebody says more.',
  },
  'variable-on-problem': {
    value: 'refuse',
    field: 'Service.spec.runtime.environment[].onProblem',
    reason: 'A process that starts with half its settings fails later, at night.',
  },
} as const satisfies Readonly<Record<string, Default>>;
