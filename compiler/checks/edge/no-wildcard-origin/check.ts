/**
 * edge/no-wildcard-origin
 *
 * Owns one claim: production names the browser origins it trusts.
 */
import type { Check } from '../../check.ts';

export const noWildcardOrigin: Check = {
  id: 'edge/no-wildcard-origin',
  code: 'SW-402',
  severity: 'error',
  title: 'Every browser origin is allowed',
  why: "With `*` any page on the internet can call the API from a visitor's browser.",
  hint: 'List the origins of your own front ends.',
  run: ({ environment }) =>
    environment.origins.includes('*')
      ? [
          {
            at: environment.origin.of('origins'),
            severity: environment.stage === 'production' ? 'error' : 'warning',
            message: `\`*\` lets every browser origin call environment \`${environment.name}\``,
          },
        ]
      : [],
};
