/**
 * limits/burst-within-ceiling
 *
 * Owns one claim: what one caller may send at once, the limit for all callers together lets through at once.
 */
import { type Ceiling, ceilingsOf, isCeiling } from '../../../derive/limits/ceilings.ts';
import { capacityOf } from '../../../derive/limits/figures.ts';
import { keepersOf } from '../../../derive/limits/keepers.ts';
import type { Model, RouteModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const burstWithinCeiling: Check = {
  id: 'limits/burst-within-ceiling',
  code: 'SW-438',
  severity: 'warning',
  title: 'A burst that never gets through',
  why: 'One caller may send so many at once, and the limit for everybody refuses some of them even when nobody else is there.',
  hint: 'Raise the burst of the limit for all together, or lower that of the caller.',
  run: (model) => {
    const ceilings = ceilingsOf(model);
    return model.services.flatMap((service) =>
      service.routes.flatMap((route) => findingsOf({ model, service, route }, ceilings)),
    );
  },
};

interface Place {
  readonly model: Model;
  readonly service: ServiceModel;
  readonly route: RouteModel;
}

/** Where both are defaults nobody has asked for a burst, so it is only told. */
function findingsOf(place: Place, ceilings: readonly Ceiling[]): readonly Finding[] {
  const { route } = place;
  const over = ceilings.filter(({ routes }) => routes.includes(route)).map(({ limit }) => limit);
  return route.limits
    .filter((limit) => !isCeiling(limit) && !limit.dryRun && keepersOf({ ...place, limit }).by.length > 0)
    .flatMap((own) =>
      over
        .filter(({ burst }) => burst < own.burst)
        .map((ceiling): Finding => {
          const [asked, admitted] = [own, ceiling].map(({ burst }) => capacityOf(burst));
          const isWritten = ceiling.origin.of('burst').kind !== 'default' && own.origin.of('burst').kind !== 'default';
          return {
            at: own.origin.of('burst'),
            severity: isWritten ? 'warning' : 'info',
            message: `\`${own.zone}\` lets ${asked} requests of one ${own.per} come at once, and \`${ceiling.zone}\` ${admitted} of all`,
            hint: `Write \`burst: ${own.burst}\` for \`${ceiling.zone}\`, or \`burst: ${ceiling.burst}\` for \`${own.zone}\`.`,
            related: [{ at: ceiling.origin.of('burst'), note: `\`${ceiling.zone}\` holds for all together` }],
          };
        }),
    );
}
