/**
 * delivery/argocd-has-repository
 *
 * Owns one claim: Argo CD is told where the generated tree is, and has something to sync.
 */
import type { Check } from '../../check.ts';

export const argocdHasRepository: Check = {
  id: 'delivery/argocd-has-repository',
  code: 'SW-416',
  severity: 'error',
  title: 'Argo CD has no repository to read',
  why: 'An Application without a source syncs nothing.',
  hint: 'Set `repository.url` of the System document, and want `kubernetes` too.',
  run: ({ system }) => {
    if (!system.targets.wanted.includes('argocd')) return [];
    const at = system.targets.origin.of('wanted');
    return [
      ...(system.repository === undefined
        ? [{ at, message: '`argocd` is wanted, but the system names no `repository`' }]
        : []),
      ...(system.targets.wanted.includes('kubernetes')
        ? []
        : [{ at, message: '`argocd` is wanted, but `kubernetes` is not, so there is nothing to sync' }]),
    ];
  },
};
