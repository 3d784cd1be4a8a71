/**
 * Resolves a Provider document, with the smaller pool an environment may give it.
 */
import type { Breaker } from '../../schemas/spec/common.gen.ts';
import type { ProviderSpec } from '../../schemas/spec/provider.gen.ts';
import { formatDuration, milliseconds } from '../../schemas/units/index.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { overrideFor, type ResolveContext } from './context.ts';
import { below, FieldReader, type Layers } from './field-reader.ts';
import type { BreakerModel, PoolModel, ProviderModel, ThrottleModel, UpstreamModel } from './model/index.ts';
import { renameOrigins } from './model/origin.ts';
import type { Report } from './report.ts';
import { resolveSecretRef } from './resolve-datastore.ts';

export function resolveProvider(
  { value, source }: ValidDocumentOf<'Provider'>,
  { system, over, report }: ResolveContext,
): ProviderModel {
  const { name } = value.metadata;
  const read = new FieldReader<ProviderSpec>(
    {
      base: value.spec,
      at: { document: source, path: ['spec'] },
      self: { document: source, path: ['metadata', 'name'] },
      over: overrideFor<ProviderSpec>(over, 'providers', name),
    },
    report,
  );
  const pool = read.get('pool') === undefined ? undefined : resolvePool(read, name, report);
  if (pool !== undefined && value.spec.pool !== undefined) reportLooser(pool, { value, source }, over.name, report);
  return {
    name,
    owner: value.metadata.owner ?? system.owner,
    description: read.get('description'),
    upstreams: resolveUpstreams(read, name, report),
    pool,
    meanLatency: read.duration('meanLatency'),
    timeout: read.durationOr('timeout', 'provider-timeout'),
    breaker: read.get('breaker') === undefined ? undefined : resolveBreaker(read.child('breaker'), report),
    fallback: read.get('fallback'),
    required: read.getOr('required', 'required'),
    credentials: resolveSecretRef(read, report),
    credentialsHeader: read.get('credentialsHeader') ?? 'authorization',
    throttle: read.get('throttle') === undefined ? undefined : resolveThrottle(read, report),
    origin: read.origins(),
  };
}

/** What an environment may set of a pool is compared with what is declared, field by field. */
function reportLooser(
  pool: PoolModel,
  { value, source }: Pick<ValidDocumentOf<'Provider'>, 'value' | 'source'>,
  environment: string,
  report: Report,
): void {
  const at = { document: source, path: ['spec'] };
  const declared = resolvePool(
    new FieldReader<ProviderSpec>({ base: value.spec, at }, report),
    value.metadata.name,
    report,
  );
  for (const { field, what, format, path } of POOL_FIGURES) {
    if (pool[field] <= declared[field]) continue;
    report.add(
      'SW-309',
      pool.origin.of(field),
      `the ${what} of \`${value.metadata.name}\` is larger in environment \`${environment}\` (${format(pool)}) than declared (${format(declared)})`,
      {
        related: [
          isWritten(value.spec, path)
            ? { at: below(at, ...path), note: 'the declared ceiling is here' }
            : { at: below(at, 'pool'), note: `the default of ${format(declared)} holds here` },
        ],
      },
    );
  }
}

const POOL_FIGURES = [
  {
    field: 'maxConcurrent',
    what: 'pool',
    format: ({ maxConcurrent }: PoolModel) => String(maxConcurrent),
    path: ['pool', 'maxConcurrent'],
  },
  {
    field: 'queueMax',
    what: 'queue of the pool',
    format: ({ queueMax }: PoolModel) => String(queueMax),
    path: ['pool', 'queue', 'max'],
  },
  {
    field: 'queueWait',
    what: 'wait for the pool',
    format: ({ queueWait }: PoolModel) => formatDuration(queueWait),
    path: ['pool', 'queue', 'wait'],
  },
] as const;

const isWritten = (value: unknown, [key, ...rest]: readonly string[]): boolean =>
  key === undefined ||
  (typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, key) &&
    isWritten(Reflect.get(value, key), rest));

function resolveUpstreams(read: FieldReader<ProviderSpec>, name: string, report: Report): UpstreamModel[] {
  const written = read.get('upstreams');
  if (written === undefined) return [{ name, url: undefined, origin: read.origins() }];
  return written.map((upstream, index) => {
    const fields = new FieldReader({ base: upstream, at: read.at('upstreams', index) }, report);
    return { name: fields.get('name') ?? '', url: fields.get('url'), origin: fields.origins() };
  });
}

function resolvePool(read: FieldReader<ProviderSpec>, provider: string, report: Report): PoolModel {
  const pool = new FieldReader(read.child('pool'), report);
  const queue = new FieldReader(pool.child('queue'), report);
  const values = {
    name: pool.get('name') ?? provider,
    maxConcurrent: pool.get('maxConcurrent') ?? 1,
    env: pool.get('env'),
    queueMax: queue.getOr('max', 'pool-queue-max'),
    queueWait: queue.durationOr('wait', 'pool-queue-wait'),
  };
  const named = { queueMax: queue.origins().of('max'), queueWait: queue.origins().of('wait') };
  return { ...values, origin: renameOrigins(pool.origins(), named) };
}

/** The breaker of a provider, or of a service. */
export function resolveBreaker(layers: Layers<Breaker>, report: Report): BreakerModel {
  const breaker = new FieldReader(layers, report);
  const errors = breaker.ratio('errors');
  return {
    failures: errors === undefined ? breaker.getOr('failures', 'breaker-failures') : breaker.get('failures'),
    errors: errors && {
      share: errors,
      window: breaker.duration('window') ?? milliseconds(10_000),
      minimumCalls: breaker.get('minimumCalls') ?? 20,
    },
    openFor: breaker.durationOr('openFor', 'breaker-open-for'),
    halfOpenProbes: breaker.getOr('halfOpenProbes', 'breaker-probes'),
    halfOpenFor: breaker.duration('halfOpenFor'),
    origin: breaker.origins(),
  };
}

function resolveThrottle(read: FieldReader<ProviderSpec>, report: Report): ThrottleModel {
  const throttle = new FieldReader(read.child('throttle'), report);
  return {
    min: throttle.getOr('min', 'throttle-min'),
    recover: throttle.durationOr('recover', 'throttle-recover'),
    origin: throttle.origins(),
  };
}
