/**
 * system/no-forbidden-target
 *
 * Owns one claim: what a system's owners ruled out is not generated.
 */
import type { Check } from '../../check.ts';

export const noForbiddenTarget: Check = {
  id: 'system/no-forbidden-target',
  code: 'SW-411',
  severity: 'error',
  title: 'A forbidden target is wanted',
  why: 'Somebody decided against it; generating it anyway brings back what was withdrawn.',
  hint: 'Take the target out of one of the two lists.',
  run: ({ system: { targets } }) =>
    targets.wanted
      .filter((target) => targets.forbidden.includes(target))
      .map((target) => ({
        at: targets.origin.of('wanted'),
        message: `target \`${target}\` is both wanted and forbidden`,
        related: [{ at: targets.origin.of('forbidden'), note: 'it is forbidden here' }],
      })),
};
