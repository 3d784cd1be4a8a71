/**
 * Resolves a Provider document, with the smaller pool an environment may give it.
 */
import type { Breaker, ProviderSpec } from '../../schemas/spec/provider.gen.ts';
import { milliseconds } from '../../schemas/units/index.ts';
import type { ValidDocumentOf } from '../validate/valid-document.ts';
import { overrideFor, type ResolveContext } from './context.ts';
import { FieldReader, type Layers } from './field-reader.ts';
import type { BreakerModel, PoolModel, ProviderModel, ThrottleModel, UpstreamModel } from './model/index.ts';
import { renameOrigins } from './model/origin.ts';
import type { Report } from './report.ts';
import { resolveSecretRef } from './resolve-datastore.ts';

export function resolveProvider(
  { value, source }: ValidDocumentOf<'Provider'>,
  { over, report }: ResolveContext,
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
  const declared = value.spec.pool?.maxConcurrent;
  if (pool !== undefined && declared !== undefined && pool.maxConcurrent > declared) {
    report.add(
      'SW-309',
      pool.origin.of('maxConcurrent'),
      `the pool of \`${name}\` is larger in environment \`${over.name}\` (${pool.maxConcurrent}) than declared (${declared})`,
      {
        related: [
          { at: { document: source, path: ['spec', 'pool', 'maxConcurrent'] }, note: 'the declared ceiling is here' },
        ],
      },
    );
  }
  return {
    name,
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
