/**
 * workload/grace-covers-shutdown
 *
 * Owns one claim: a replica is not killed while it still finishes work. The grace period begins before preStop, so both must fit.
 */
import { formatDuration, milliseconds } from '../../../../schemas/units/index.ts';
import type { ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const graceCoversShutdown: Check = {
  id: 'workload/grace-covers-shutdown',
  code: 'SW-410',
  severity: 'error',
  title: 'The grace period ends before the shutdown does',
  why: 'The kernel kills the process in the middle of requests that it was allowed to finish.',
  hint: 'Make `grace` longer than `preStop` and `drain` together, or leave it out.',
  run: ({ services }) => services.flatMap((service) => findingsOf(service)),
};

function findingsOf({ name, shutdown }: ServiceModel): Finding[] {
  const needed = shutdown.preStop + shutdown.drain;
  if (needed < shutdown.grace) return [];
  return [
    {
      at: shutdown.origin.of('grace'),
      message: `\`${name}\` is killed after ${formatDuration(shutdown.grace)}, but may need ${formatDuration(milliseconds(needed))} to stop`,
      arithmetic: [
        `preStop ${formatDuration(shutdown.preStop)} + drain ${formatDuration(shutdown.drain)} = ${formatDuration(milliseconds(needed))}, which leaves nothing of ${formatDuration(shutdown.grace)} to exit`,
      ],
      related: [
        { at: shutdown.origin.of('drain'), note: 'drain is set here' },
        { at: shutdown.origin.of('preStop'), note: 'preStop is set here' },
      ],
    },
  ];
}
