/** Calls to providers: `providers` with their pools, breakers and fallbacks, and the way out to them (`egress`). */
import type { Feature } from '../../feature.ts';
import type { ProvidersApi } from './open-feature.ts';
import { planProviders } from './plan-providers.ts';
import { fallbacks, pools, providerTargets } from './provider-rules.ts';

export const providers: Feature<ProvidersApi> = {
  isAskedFor: (policy) => Object.keys(policy.providers).length > 0 || policy.egress !== undefined,
  rules: [fallbacks, pools, providerTargets],
  fit(policy, env) {
    const plan = planProviders(policy, env);
    return plan.kind === 'refused' ? plan.reasons : [];
  },
  load: async () => (await import('./open-feature.ts')).openProviders,
};
