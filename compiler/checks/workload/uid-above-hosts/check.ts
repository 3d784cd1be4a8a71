/**
 * workload/uid-above-hosts
 *
 * Owns one claim: containers run under ids that no host gives to anybody. Only a note, because some images know their user by its id.
 */
import { containerServices, wants } from '../../../derive/kubernetes-scope.ts';
import type { Check, Finding } from '../../check.ts';

export const uidAboveHosts: Check = {
  id: 'workload/uid-above-hosts',
  code: 'SW-455',
  severity: 'info',
  title: 'A user id may belong to somebody on the node',
  why: 'Ids below 10001 are the ones that hosts give to people and daemons; whoever breaks out of the container is that user.',
  hint: 'Leave `security.uid` out, or choose one from 10001 on.',
  run: (model) =>
    (wants(model, 'kubernetes') ? containerServices(model) : []).flatMap(({ name, security }): Finding[] => {
      const low = (['uid', 'gid'] as const).filter((field) => security[field] < LOWEST);
      const [first] = low;
      if (first === undefined) return [];
      const ids = low.map((field) => `${field} ${security[field]}`).join(' and ');
      return [{ at: security.origin.of(first), message: `\`${name}\` runs with ${ids}, below ${LOWEST}` }];
    }),
};

/** What kube-score, checkov and trivy ask for: above the ranges of login.defs and of system users. */
const LOWEST = 10_001;
