/**
 * delivery/secrets-have-a-store
 *
 * Owns one claim: somebody makes the secrets that pods read. Where no store is named, it lists them, with their keys, for whoever makes
 * them by hand.
 */
import { secretsOf, wants } from '../../../derive/kubernetes-scope.ts';
import type { Check, Finding } from '../../check.ts';

export const secretsHaveAStore: Check = {
  id: 'delivery/secrets-have-a-store',
  code: 'SW-451',
  severity: 'warning',
  title: 'Secrets have no store to come from',
  why: 'Pods wait for ever for a Secret that nobody makes.',
  hint: 'Write `secretStore: { name: vault }` into the Environment, or make these Secrets before the first sync.',
  run: (model) => {
    const { environment, undecided } = model;
    const secrets = secretsOf(model);
    if (!wants(model, 'kubernetes') || environment.secretStore !== undefined || secrets.length === 0) return [];
    const isOpen = undecided.some(
      ({ subject, field }) => subject === `Environment ${environment.name}` && field.startsWith('secretStore'),
    );
    const list = secrets.map(({ secret, keys }) => `${secret} (${keys.join(', ')})`).join(', ');
    const finding: Finding = {
      at: environment.origin.self,
      message: `${environment.name} names no \`secretStore\`, and its pods read ${list} in namespace ${environment.namespace}`,
      severity: environment.stage === 'production' && !isOpen ? 'warning' : 'info',
    };
    return [finding];
  },
};
