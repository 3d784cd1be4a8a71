/**
 * slo/window-within-retention
 *
 * Owns one claim: Prometheus still has the samples an error budget is computed from.
 */
import { formatDuration } from '../../../../schemas/units/index.ts';
import type { Check } from '../../check.ts';

export const windowWithinRetention: Check = {
  id: 'slo/window-within-retention',
  code: 'SW-408',
  severity: 'error',
  title: 'The period of an objective is longer than samples are kept',
  why: 'The budget would be computed from part of the period and look better or worse than it is.',
  hint: 'Lengthen `monitoring.retention` of the system, or shorten `window` of the objective.',
  run: ({ services, system: { monitoring } }) =>
    services.flatMap((service) =>
      service.objectives
        .filter((objective) => objective.window > monitoring.retention)
        .map((objective) => ({
          at: objective.origin.of('window'),
          message: `objective \`${objective.name}\` looks back ${formatDuration(objective.window)}, but samples are kept for ${formatDuration(monitoring.retention)}`,
          related: [{ at: monitoring.origin.of('retention'), note: 'retention is set here' }],
        })),
    ),
};
