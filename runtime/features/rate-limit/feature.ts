/** Budgets of requests: `limits`, those of a route, and `auth.failures`. */
import type { Feature } from '../../feature.ts';
import { identities, variants } from './limit-rules.ts';
import type { LimitsApi } from './open-feature.ts';

export const rateLimit: Feature<LimitsApi> = {
  isAskedFor: ({ limits, auth }) => Object.keys(limits).length > 0 || auth.failures !== undefined,
  rules: [identities, variants],
  load: async () => (await import('./open-feature.ts')).openRateLimit,
};
