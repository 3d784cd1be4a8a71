/**
 * limits/known-variants
 *
 * Owns one claim: a limit's variants and what the gateway calls types of keys and tiers of tenants are the same names, both ways.
 */
import { suggestName } from '../../../diagnostics/suggest-name.ts';
import type { LimitModel, Model, RuntimeFeaturesModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const knownVariants: Check = {
  id: 'limits/known-variants',
  code: 'SW-428',
  severity: 'error',
  misses: ['Service'],
  title: 'A rate for somebody who does not exist',
  why: 'A type of key or tier of tenant with a misspelt name silently gets the usual rate.',
  hint: 'Name the same types in `runtime.keys.types` and tiers in `runtime.tenants.tiers` as in the variants of the limits.',
  run: ({ services, system }) => {
    const runtime = services.find((service) => service.role === 'gateway')?.runtime;
    const limits = new Set([...system.limits, ...routesOf(services).flatMap((route) => route.limits)]);
    return [
      ...[...limits].flatMap((limit) => unknownVariants(limit, runtime)),
      ...(runtime === undefined ? [] : typesWithoutRate([...limits], runtime)),
    ];
  },
};

const routesOf = (services: Model['services']) => services.flatMap((service) => service.routes);

function unknownVariants(limit: LimitModel, runtime: RuntimeFeaturesModel | undefined): readonly Finding[] {
  const { keys, tenants } = runtime ?? {};
  const [what, known] =
    limit.per === 'tenant'
      ? ['tier', tenants?.tiers ?? []]
      : limit.per === 'api-key'
        ? ['type', keys?.types ?? []]
        : [];
  return limit.variants
    .filter(({ name }) => known === undefined || !known.includes(name))
    .map(({ name, origin }) => {
      const near = suggestName(name, known ?? []);
      return {
        at: origin.self,
        message:
          known === undefined
            ? `a limit per ${limit.per} has no variants; only limits per api-key or tenant have`
            : `the gateway knows no ${what} \`${name}\``,
        ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
      };
    });
}

/** Where some types of keys have a rate of their own, one that has none was forgotten. */
function typesWithoutRate(limits: readonly LimitModel[], { keys }: RuntimeFeaturesModel): readonly Finding[] {
  const varied = limits.filter((limit) => limit.per === 'api-key' && limit.variants.length > 0);
  if (keys === undefined) return [];
  return keys.types
    .filter((type) => !varied.some((limit) => limit.variants.some(({ name }) => name === type)))
    .map((type) => ({
      at: keys.origin.of('types'),
      message: `keys of type \`${type}\` have no rate: no limit per api-key names them`,
      hint: `Add \`variants: { ${type}: { rate: ... } }\` to a limit per api-key.`,
    }));
}
