/**
 * limits/cost-within-burst
 *
 * Owns one claim: every budget of a route holds at least one of its requests. Where several processes count alone, each has a share.
 */

import type { RouteLimit } from '../../../derive/limits/enforcer.ts';
import { capacityOf } from '../../../derive/limits/figures.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import { buildStorage } from '../../../derive/runtime-policy/storage.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const costWithinBurst: Check = {
  id: 'limits/cost-within-burst',
  code: 'SW-434',
  severity: 'error',
  title: 'A request costs more than its budget ever holds',
  why: 'The bucket is never as full as one such request asks, so every one of them is refused.',
  hint: 'Raise the burst to at least the cost less 1, or lower the cost.',
  run: (model) =>
    routeLimits(model)
      .filter((asked) => keepersOf(asked).by.includes('runtime'))
      .flatMap((asked) => findingsOf(asked, sharesOf(model))),
};

const sharesOf = (model: Model): number => {
  const { counters, replicas } = buildStorage(model);
  return counters.kind === 'memory' ? replicas : 1;
};

function findingsOf({ route, limit }: RouteLimit, shares: number): readonly Finding[] {
  return [limit, ...limit.variants].flatMap(({ burst, origin }) => {
    const [size, needed] = [Math.max(1, Math.floor(capacityOf(burst) / shares)), route.cost * shares];
    if (route.cost <= size) return [];
    const share = shares === 1 ? '' : `, shared by ${shares} processes without Redis: ${size} each`;
    return [
      {
        at: route.origin.of('cost'),
        message: `a request of \`${route.id}\` costs ${route.cost}, and \`${limit.zone}\` never holds more than ${size}`,
        arithmetic: [`burst ${burst} + 1 = ${capacityOf(burst)}${share}`, `cost ${route.cost} > ${size}`],
        hint: `Write at least \`burst: ${needed - 1}\` on the limit, or lower the cost.`,
        related: [{ at: origin.of('burst'), note: 'the budget is declared here' }],
      },
    ];
  });
}
