/**
 * Resolves rate limits: budgets of the system and of single routes, and the stricter rates of an environment.
 */
import type { RateLimit, RateVariant } from '../../schemas/spec/service.gen.ts';
import { perSecond } from '../../schemas/units/index.ts';
import { type Overrides, overrideFor } from './context.ts';
import { below, FieldReader, type Layers } from './field-reader.ts';
import type { LimitModel, LimitVariantModel, Target } from './model/index.ts';
import type { Report } from './report.ts';

export interface LimitContext {
  /** Name of the budget when the spec gives none. */
  readonly zone: string;
  readonly wanted: readonly Target[];
  readonly over: Overrides;
  readonly report: Report;
}

export function resolveLimit(layers: Layers<RateLimit>, { zone, wanted, over, report }: LimitContext): LimitModel {
  const name = layers.base?.zone ?? zone;
  const read = new FieldReader<RateLimit>(
    { ...layers, over: overrideFor<RateLimit>(over, 'rateLimits', name) },
    report,
  );
  const declared = new FieldReader<RateLimit>(layers, report).rate('rate');
  const rate = read.requiredRate('rate');
  const per = read.getOr('per', 'limit-per');
  read.get('zone');
  const limit: LimitModel = {
    zone: name,
    per,
    rate,
    burst: read.getOr('burst', 'limit-burst', Math.max(1, Math.ceil(perSecond(rate)))),
    at: [
      ...read.getOr(
        'at',
        'limit-at',
        per === 'client' && wanted.includes('nginx') ? (['edge', 'runtime'] as const) : (['runtime'] as const),
      ),
    ].sort(),
    onStoreFailure: read.getOr('onStoreFailure', 'limit-store-failure'),
    variants: resolveVariants(read, layers, report),
    env: read.get('env') ?? {},
    dryRun: read.get('dryRun') ?? false,
    origin: read.origins(),
  };
  if (declared !== undefined && perSecond(rate) > perSecond(declared)) {
    report.add(
      'SW-309',
      limit.origin.of('rate'),
      `zone \`${name}\` is looser in environment \`${over.name}\` than declared`,
      {
        related: [
          {
            at: { document: layers.at.document, path: [...layers.at.path, 'rate'] },
            note: 'the declared rate is here',
          },
        ],
      },
    );
  }
  return limit;
}

function resolveVariants(read: FieldReader<RateLimit>, layers: Layers<RateLimit>, report: Report): LimitVariantModel[] {
  const variants = read.get('variants') ?? {};
  return Object.keys(variants)
    .sort()
    .map((name) => {
      const fields = new FieldReader<RateVariant>(
        { base: variants[name], at: below(layers.at, 'variants', name) },
        report,
      );
      const rate = fields.requiredRate('rate');
      return {
        name,
        rate,
        burst: fields.getOr('burst', 'limit-burst', Math.max(1, Math.ceil(perSecond(rate)))),
        origin: fields.origins(),
      };
    });
}
