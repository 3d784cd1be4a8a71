/**
 * Resolves rate limits: budgets of the system and of single routes, and the stricter figures of an environment.
 *
 * Owns the default burst, and that an environment only tightens.
 */
import type { RateLimit, RateVariant } from '../../schemas/spec/common.gen.ts';
import { formatRate, perSecond, type Rate } from '../../schemas/units/index.ts';
import { type Overrides, overrideFor } from './context.ts';
import { below, FieldReader, type Layers } from './field-reader.ts';
import type { LimitModel, LimitScope, LimitVariantModel, Target } from './model/index.ts';
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
  const override = overrideFor<RateLimit>(over, 'rateLimits', name);
  const read = new FieldReader<RateLimit>({ ...layers, over: override }, report);
  const per = read.getOr('per', 'limit-per');
  const declared = declaredFigures(layers, per, report);
  const rate = read.requiredRate('rate');
  read.get('zone');
  const limit: LimitModel = {
    zone: name,
    per,
    rate,
    // Where the environment says a rate and no burst, the default is not larger than what is declared.
    burst: read.getOr('burst', 'limit-burst', Math.min(declared.burst, defaultBurst(per, rate))),
    at: [...read.getOr('at', 'limit-at', defaultPoints(per, wanted))].sort(),
    onStoreFailure: read.getOr('onStoreFailure', 'limit-store-failure'),
    variants: resolveVariants(read, layers, per, report),
    env: read.get('env') ?? {},
    dryRun: read.get('dryRun') ?? false,
    shared: read.getOr('shared', 'limit-shared'),
    origin: read.origins(),
  };
  if (override !== undefined) reportLooser(limit, declared, layers, { zone: name, over, report });
  return limit;
}

/** The budget of one route, where a limit is not shared. No name holds a slash, so it is that of no other route. */
export const ownBudget = (limit: LimitModel, routeId: string): LimitModel =>
  limit.shared ? limit : { ...limit, zone: `${limit.zone}/${routeId}` };

const defaultPoints = (per: LimitScope, wanted: readonly Target[]): LimitModel['at'] =>
  per === 'client' && wanted.includes('nginx') ? ['edge', 'runtime'] : ['runtime'];

/** Limits for all callers together: a ceiling for what stands behind, where the others are a quota for one caller. */
const CEILINGS: ReadonlySet<LimitScope> = new Set(['route', 'global']);

/**
 * A quota may be used up at once: `600/min` for one key is 600 whenever in the minute they come, and then one every 100 ms. A ceiling is
 * there so that no period sees more than it says, by a tenth at most: `50/s` for all is at most 55 in a first second.
 */
const defaultBurst = (per: LimitScope, { count }: Rate): number =>
  CEILINGS.has(per) ? Math.floor(count / 10) : Math.max(0, Math.ceil(count) - 1);

interface DeclaredFigures {
  readonly rate: Rate;
  readonly burst: number;
}

/** Without the environment. */
function declaredFigures(layers: Layers<RateLimit>, per: LimitScope, report: Report): DeclaredFigures {
  const rate = new FieldReader<RateLimit>(layers, report).requiredRate('rate');
  return { rate, burst: layers.base?.burst ?? defaultBurst(per, rate) };
}

/** Every figure that an environment may set is compared with the declared one. */
function reportLooser(
  limit: LimitModel,
  declared: DeclaredFigures,
  { at, base }: Layers<RateLimit>,
  { zone, over, report }: Pick<LimitContext, 'zone' | 'over' | 'report'>,
): void {
  const looser = [
    ...(perSecond(limit.rate) > perSecond(declared.rate)
      ? [{ field: 'rate', now: formatRate(limit.rate), was: formatRate(declared.rate) }]
      : []),
    ...(limit.burst > declared.burst
      ? [{ field: 'burst', now: String(limit.burst), was: String(declared.burst) }]
      : []),
  ] as const;
  for (const { field, now, was } of looser) {
    report.add(
      'SW-309',
      limit.origin.of(field),
      `zone \`${zone}\` is looser in environment \`${over.name}\` than declared: ${field} ${now} instead of ${was}`,
      {
        hint: `Write at most \`${field}: ${was}\` here, or raise the declared ${field}.`,
        related: [
          base !== undefined && Object.hasOwn(base, field)
            ? { at: below(at, field), note: `the declared ${field} is here` }
            : { at, note: `the default ${field} of ${was} holds here` },
        ],
      },
    );
  }
}

function resolveVariants(
  read: FieldReader<RateLimit>,
  layers: Layers<RateLimit>,
  per: LimitScope,
  report: Report,
): LimitVariantModel[] {
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
        burst: fields.getOr('burst', 'limit-burst', defaultBurst(per, rate)),
        origin: fields.origins(),
      };
    });
}
