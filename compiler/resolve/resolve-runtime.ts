/**
 * Resolves what a gateway says of the runtime itself.
 *
 * Owns the parts that hold state: keys, tenants, signatures, caches. What the runtime tells the world and expects of its
 * environment is in `resolve-runtime-process.ts`.
 */
import type { RuntimeFeatures } from '../../schemas/spec/service.gen.ts';
import { FieldReader, type Layers } from './field-reader.ts';
import type { CacheModel, KeysModel, RuntimeFeaturesModel, SigningModel, TenantsModel } from './model/index.ts';
import { renameOrigins } from './model/origin.ts';
import type { Report } from './report.ts';
import {
  type RuntimeReader,
  resolveReadReplica,
  resolveRuntimeLog,
  resolveRuntimeTls,
  resolveTracing,
  resolveVariables,
} from './resolve-runtime-process.ts';

/** The gateway's features; without a word about them every default holds. */
export function resolveRuntime(layers: Layers<RuntimeFeatures>, system: string, report: Report): RuntimeFeaturesModel {
  const read: RuntimeReader = new FieldReader<RuntimeFeatures>(layers, report);
  const errors = new FieldReader(read.child('errors'), report);
  return {
    egress: read.get('egress'),
    keys: read.get('keys') && resolveKeys(read, report),
    tenants: read.get('tenants') && resolveTenants(read, report),
    signing: read.get('signing') && resolveSigning(read, report),
    caches: resolveCaches(read, report),
    tracing: read.get('tracing') && resolveTracing(read, system, report),
    errorsEnv: errors.get('env'),
    log: resolveRuntimeLog(read, report),
    metricsEnv: read.get('metricsEnv'),
    originsEnv: read.get('originsEnv'),
    limitFields: read.getOr('limitFields', 'limit-fields'),
    tls: read.get('tls') && resolveRuntimeTls(read, report),
    readReplica: read.get('readReplica') && resolveReadReplica(read, report),
    environment: resolveVariables(read, report),
    origin: renameOrigins(read.origins(), { errorsEnv: errors.origins().of('env') }),
  };
}

function resolveKeys(read: RuntimeReader, report: Report): KeysModel {
  const keys = new FieldReader(read.child('keys'), report);
  return {
    types: [...(keys.get('types') ?? [])].sort(),
    grace: keys.durationOr('grace', 'key-grace'),
    failures: keys.get('failures') && resolveFailures(keys, report),
    origin: keys.origins(),
  };
}

function resolveFailures(
  keys: FieldReader<NonNullable<RuntimeFeatures['keys']>>,
  report: Report,
): NonNullable<KeysModel['failures']> {
  const failures = new FieldReader(keys.child('failures'), report);
  return {
    rate: failures.requiredRate('rate'),
    burst: failures.getOr('burst', 'failures-burst'),
    origin: failures.origins(),
  };
}

function resolveTenants(read: RuntimeReader, report: Report): TenantsModel {
  const tenants = new FieldReader(read.child('tenants'), report);
  const single = tenants.get('single');
  const development = new FieldReader(tenants.child('development'), report);
  const id = development.get('id');
  return {
    store: tenants.getOr('store', 'tenant-store'),
    storeEnv: tenants.get('storeEnv'),
    single: single && { id: single.id, env: single.env },
    development:
      id === undefined
        ? undefined
        : { id, enabled: development.getOr('enabled', 'development-tenant'), env: development.get('env') },
    tiers: [...(tenants.get('tiers') ?? [])].sort(),
    origin: tenants.origins(),
  };
}

function resolveSigning(read: RuntimeReader, report: Report): SigningModel {
  const signing = new FieldReader(read.child('signing'), report);
  const headers = signing.get('headers') ?? {};
  return {
    profile: signing.getOr('profile', 'signing-profile'),
    secrets: signing.get('secrets') ?? [],
    maxSkew: signing.durationOr('maxSkew', 'signing-max-skew'),
    skewStatus: signing.getOr('skewStatus', 'signing-skew-status'),
    headers: {
      signature: headers.signature ?? 'x-signature',
      timestamp: headers.timestamp ?? 'x-timestamp',
      bodyHash: headers.bodyHash ?? 'x-body-hash',
    },
    maxBody: signing.bytesOr('maxBody', 'signing-max-body'),
    onStoreFailure: signing.getOr('onStoreFailure', 'signing-store-failure'),
    origin: signing.origins(),
  };
}

function resolveCaches(read: RuntimeReader, report: Report): CacheModel[] {
  return (read.get('caches') ?? []).map((cache, index) => {
    const fields = new FieldReader({ base: cache, at: read.at('caches', index) }, report);
    return {
      name: fields.get('name') ?? '',
      store: fields.getOr('store', 'cache-store'),
      ttl: fields.requiredDuration('ttl'),
      maxEntries: fields.getOr('maxEntries', 'cache-max-entries'),
      maxSize: fields.bytesOr('maxSize', 'cache-max-size'),
      maxEntry: fields.bytesOr('maxEntry', 'cache-max-entry'),
      staleIfError: fields.durationOr('staleIfError', 'cache-stale-if-error'),
      origin: fields.origins(),
    };
  });
}
