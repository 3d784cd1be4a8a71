/**
 * Words of other tools for values and fields of the spec.
 *
 * Owns which word of ours a foreign word stands for, and what to do about the things that the spec has no word for yet. A word is offered
 * only where it is allowed, so one table serves all values and one all fields. Slips of the pen are left to `suggest-name.ts`.
 */

/** The allowed value that the word means; undefined when the field has none. */
export function synonymOf(word: string, allowed: readonly string[]): string | undefined {
  const plain = word.toLowerCase().replace(/[ _]/g, '-');
  const folded = allowed.find((name) => name.toLowerCase() === plain);
  return folded ?? allowed.find((name) => SYNONYMS[name]?.includes(plain));
}

/** The field of a mapping that the word means; undefined when none of those that may stand there does. */
export function fieldSynonymOf(word: string, known: readonly string[]): string | undefined {
  const plain = word.toLowerCase().replace(/[-_]/g, '');
  return known.find((name) => FIELD_SYNONYMS[name]?.includes(plain));
}

/** What to do instead, for a word that none of the allowed values can stand for. */
export function alternativeTo(word: string, allowed: readonly string[]): string | undefined {
  const plain = word.toLowerCase().replace(/[ _]/g, '-');
  return ALTERNATIVES.find(({ among, words }) => allowed.includes(among) && words.includes(plain))?.advice;
}

const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  // Engines of datastores.
  postgresql: ['postgres', 'pg', 'psql', 'pgsql', 'timescaledb', 'timescale', 'aurora-postgresql', 'rds', 'cloudsql'],
  redis: ['valkey', 'keydb', 'elasticache', 'memorystore', 'dragonfly'],
  sqlite: ['sqlite3'],
  'object-storage': ['s3', 'gcs', 'minio', 'bucket', 'blob', 'blob-storage', 'r2', 'object-store'],
  mosquitto: ['mqtt'],
  rabbitmq: ['amqp', 'lavinmq'],
  kafka: ['redpanda', 'msk', 'apache-kafka'],
  mysql: ['percona', 'aurora-mysql'],
  mongodb: ['mongo', 'documentdb'],
  opensearch: ['elasticsearch', 'elastic'],
  memcached: ['memcache'],
  vault: ['hashicorp-vault', 'openbao'],
  // Where and how something runs.
  external: ['managed', 'hosted', 'cloud', 'remote'],
  self: ['self-hosted', 'internal', 'cluster', 'local'],
  embedded: ['in-process', 'file'],
  production: ['prod', 'live', 'prd'],
  staging: ['stage', 'stg', 'test', 'qa', 'preprod', 'pre-production', 'uat'],
  development: ['dev', 'local'],
  worker: ['background', 'consumer', 'job'],
  gateway: ['proxy', 'ingress', 'edge', 'api-gateway'],
  app: ['service', 'web', 'api', 'server', 'backend'],
  // Callers and budgets.
  client: ['ip', 'ip-address', 'remote-addr', 'address', 'source-ip', 'client-ip', '$binary-remote-addr'],
  'api-key': ['key', 'apikey', 'token', 'consumer'],
  organisation: ['organization', 'org'],
  user: ['user-id', 'account'],
  tenant: ['customer'],
  global: ['all', 'total', 'service'],
  none: ['public', 'anonymous', 'open', 'off', 'false', 'no'],
  'admin-key': ['admin'],
  signature: ['hmac', 'signed', 'webhook'],
  // Behaviour.
  open: ['fail-open', 'allow'],
  closed: ['fail-closed', 'deny'],
  exact: ['exactly', 'equal', 'equals', 'full'],
  prefix: ['pathprefix', 'path-prefix', 'starts-with', 'implementationspecific', 'regex', 'glob'],
  sse: ['event-stream', 'eventsource', 'server-sent-events', 'stream'],
  websocket: ['ws', 'wss', 'websockets'],
  http: ['https', 'rest', 'http1', 'http2'],
  critical: ['page', 'high', 'error', 'p1', 'sev1'],
  warning: ['warn', 'ticket', 'medium', 'p2', 'sev2'],
  info: ['information', 'informational'],
  warn: ['warning'],
  avg: ['average', 'mean'],
  max: ['maximum'],
  min: ['minimum'],
  'least-connections': ['least-conn', 'least-request', 'leastconn', 'least-requests'],
  'round-robin': ['rr', 'roundrobin'],
  required: ['on', 'true', 'yes', 'require', 'verify-full', 'enabled'],
  off: ['false', 'no', 'disabled', 'disable'],
  dump: ['pg-dump', 'pgdump', 'logical', 'mysqldump'],
  'base-backup': ['wal', 'pg-basebackup', 'pitr', 'physical'],
  snapshot: ['rdb', 'volume-snapshot'],
  'file-copy': ['copy', 'rsync', 'tar'],
  managed: ['provider', 'automatic'],
  gcs: ['google', 'gs'],
  filesystem: ['file', 'local', 'disk', 'nfs'],
  letsencrypt: ['acme', 'lets-encrypt', "let's-encrypt", 'cert-manager'],
  provided: ['manual', 'custom', 'own'],
  // Kinds of documents.
  Service: ['deployment', 'statefulset', 'application', 'workload', 'microservice', 'component'],
  Datastore: ['database', 'db', 'cache', 'store', 'bucket', 'queue', 'broker'],
  Provider: ['externalservice', 'external-service', 'upstream', 'dependency', 'thirdparty', 'api'],
  Environment: ['env', 'stage'],
  System: ['product', 'project'],
  // Targets.
  kubernetes: ['k8s', 'helm', 'kustomize'],
  argocd: ['argo', 'argo-cd', 'gitops'],
  prometheus: ['prom', 'alerts'],
  compose: ['docker', 'docker-compose'],
};

/** In lower case, without hyphens and underscores. */
export const FIELD_SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  per: ['scope', 'limitby', 'by', 'keyby', 'key'],
  burst: ['capacity', 'nodelay', 'bucket', 'bucketsize', 'maxtokens'],
  capacity: ['burst'],
  websocket: ['socket', 'sockets', 'ws', 'websockets'],
  maxConnectionsPerTenant: ['maxpertenant', 'pertenant'],
  pingInterval: ['ping', 'heartbeat', 'heartbeatinterval'],
  maxConcurrent: ['maxconnections', 'maxconn', 'maxrequests', 'maxinflight', 'inflight', 'concurrency'],
  use: ['name', 'ref'],
  budget: ['budgetratio', 'budgetpercent', 'retrybudget'],
  allow: ['allowcidrs', 'allowlist', 'whitelist', 'allowedips', 'iprestriction'],
};

const ALTERNATIVES: readonly {
  /** A value that shows which field it is. */
  readonly among: string;
  readonly words: readonly string[];
  readonly advice: string;
}[] = [
  {
    among: 'postgresql',
    words: [
      'pulsar',
      'sqs',
      'pubsub',
      'activemq',
      'kinesis',
      'cassandra',
      'scylladb',
      'dynamodb',
      'mssql',
      'sqlserver',
    ].concat(['oracle', 'neo4j', 'influxdb', 'duckdb', 'etcd', 'couchdb', 'bigquery', 'snowflake']),
    advice:
      'This engine is not listed, because its health, exporter and backup are not known here; write `engine: other` with its ' +
      '`port`, and its `protocol` where clients take an address with a scheme.',
  },
  {
    among: 'admin-key',
    words: [
      'session',
      'cookie',
      'jwt',
      'oauth',
      'oauth2',
      'oidc',
      'bearer',
      'openid',
      'saml',
      'sso',
      'basic',
      'mtls',
    ].concat(['basic-auth', 'openid-connect', 'ldap', 'user', 'login']),
    advice:
      'Sessions, JWT and OAuth are not supported yet, because the gateway holds keys and signatures only; write `auth: none` and ' +
      'let the service check its own credentials, or `api-key`.',
  },
];
