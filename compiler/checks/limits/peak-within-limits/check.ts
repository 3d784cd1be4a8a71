/**
 * limits/peak-within-limits
 *
 * Owns one claim: the peak that a team expects passes its own limits. Limits for one caller bound the peak only by the number of callers,
 * which is told.
 */
import { exactDecimal, formatDecimal, formatRate, perSecond } from '../../../../schemas/units/index.ts';
import { type Ceiling, ceilingsOf } from '../../../derive/limits/ceilings.ts';
import type { RouteLimit } from '../../../derive/limits/enforcer.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import type { LimitScope } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const peakWithinLimits: Check = {
  id: 'limits/peak-within-limits',
  code: 'SW-435',
  severity: 'error',
  title: 'A limit below the expected peak',
  why: 'At the busiest hour that the team itself expects, callers would be refused.',
  hint: 'Raise the rate of the limit, or lower the peak.',
  run: (model) => [...ceilingsOf(model).flatMap(aboveCeiling), ...routeLimits(model).flatMap(callersNeeded)],
};

function aboveCeiling({ limit, routes }: Ceiling): readonly Finding[] {
  const busy = routes.flatMap((route) => (route.peak === undefined ? [] : [{ route, peak: route.peak }]));
  const asked = exactDecimal(busy.reduce((sum, { route, peak }) => sum + perSecond(peak) * route.cost, 0));
  if (busy.length === 0 || asked <= perSecond(limit.rate)) return [];
  return [
    {
      at: limit.origin.of('rate'),
      message: `\`${limit.zone}\` admits ${formatRate(limit.rate)} of all callers together, and its routes expect ${formatDecimal(asked)}/s`,
      arithmetic: [
        ...busy.map(({ route, peak }) =>
          [`${route.id}: peak ${formatRate(peak)}`, ...(route.cost === 1 ? [] : [`cost ${route.cost}`])].join(' x '),
        ),
        `${formatDecimal(asked)}/s > ${formatRate(limit.rate)}`,
      ],
      hint: `Write at least \`rate: ${formatDecimal(Math.ceil(asked))}/s\`, or lower the peak.`,
      related: busy.map(({ route }) => ({ at: route.origin.of('peak'), note: 'this much is expected' })),
    },
  ];
}

/** A client is one of many by nature; of keys, tenants, users and organisations a team knows how many it has. */
const KNOWN: Readonly<Partial<Record<LimitScope, string>>> = {
  'api-key': 'keys',
  tenant: 'tenants',
  user: 'users',
  organisation: 'organisations',
};

function callersNeeded(asked: RouteLimit): readonly Finding[] {
  const { route, limit } = asked;
  const who = KNOWN[limit.per];
  if (route.peak === undefined || who === undefined || limit.dryRun || keepersOf(asked).by.length === 0) return [];
  const each = [limit, ...limit.variants].reduce((most, { rate }) => Math.max(most, perSecond(rate)), 0);
  const needed = Math.ceil(exactDecimal((perSecond(route.peak) * route.cost) / each));
  if (needed <= 1) return [];
  return [
    {
      at: route.origin.of('peak'),
      severity: 'info',
      message: `the peak of \`${route.id}\` passes \`${limit.zone}\` only when at least ${needed} ${who} share it`,
      arithmetic: [`${formatRate(route.peak)} / ${formatDecimal(each)}/s = ${needed} ${who}`],
      related: [{ at: limit.origin.of('rate'), note: `each of the ${who} has this` }],
    },
  ];
}
