/**
 * limits/bounded-together
 *
 * Owns one claim: what stands behind a route that calls a provider is bounded, however many callers keep within a limit of their own.
 */
import { formatRate } from '../../../../schemas/units/index.ts';
import { ceilingsOf } from '../../../derive/limits/ceilings.ts';
import type { LimitModel, Model, RouteModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const boundedTogether: Check = {
  id: 'limits/bounded-together',
  code: 'SW-437',
  severity: 'warning',
  title: 'Callers are limited each, and not together',
  why: 'Enough callers who all keep within their own limit use up the pool of the provider behind it.',
  hint: 'Add a limit for all callers together: `rateLimits: [{ zone: total, per: global, rate: ... }]`.',
  run: (model) => {
    const bounded = new Set(ceilingsOf(model).flatMap(({ routes }) => routes));
    return model.services.flatMap(({ routes }) =>
      routes.filter((route) => !bounded.has(route)).flatMap((route) => findingsOf(route, model)),
    );
  },
};

function findingsOf(route: RouteModel, { providers }: Model): readonly Finding[] {
  const pooled = new Set(providers.flatMap(({ name, pool }) => (pool === undefined ? [] : [name])));
  const called = [...new Set(route.calls.map(({ provider }) => provider))].filter((name) => pooled.has(name));
  const own = route.limits.filter(({ dryRun }) => !dryRun);
  const [first] = own;
  // The usual bound of an event stream keeps the gateway whole; nobody chose it for what stands behind.
  const isBounded = route.maxConcurrent !== undefined && route.origin.of('maxConcurrent').kind !== 'default';
  if (called.length === 0 || first === undefined || isBounded) return [];
  return [
    {
      at: route.origin.of('rateLimits') === route.origin.self ? first.origin.self : route.origin.of('rateLimits'),
      message: `nothing bounds what all callers of \`${route.id}\` together ask of ${called.map((name) => `\`${name}\``).join(', ')}`,
      arithmetic: own.map((limit) => sentenceOf(limit)),
    },
  ];
}

const sentenceOf = ({ rate, per }: LimitModel): string =>
  `${formatRate(rate)} per ${per} x any number of them = no bound`;
