/**
 * edge/trusts-its-proxy
 *
 * Owns one claim: whoever counts requests by client can tell clients apart. In a cluster nginx and the runtime are reached through something:
 * a load balancer, a node that rewrites addresses, each other. On a host nginx is the first, and beside the runtime; in pods of ours it stands
 * behind a load balancer that keeps addresses.
 */
import { hasEdgePods } from '../../../derive/edge/nginx-pods.ts';
import { keepersOf, routeLimits } from '../../../derive/limits/keepers.ts';
import { seesClients } from '../../../derive/limits/runtime-rules.ts';
import { hasRuntime, wantsContainers } from '../../../derive/runtime-policy/placement.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Check } from '../../check.ts';

export const trustsItsProxy: Check = {
  id: 'edge/trusts-its-proxy',
  code: 'SW-423',
  severity: 'warning',
  title: 'Clients cannot be told apart behind a proxy',
  why: 'Behind a proxy whose forwarded addresses nobody believes, all clients have the address of the proxy and share one budget.',
  hint: 'List the networks of the proxies in `trustedProxies` of the environment; `trustedProxies: []` says that clients come directly.',
  run: (model) => {
    const { environment } = model;
    const at = environment.origin.of('trustedProxies');
    if (at !== environment.origin.self || isOpen(model)) return [];
    const reasons = reasonsOf(model);
    return reasons.length === 0
      ? []
      : [{ at, message: `environment \`${environment.name}\` names no trusted proxy: ${reasons.join('; ')}` }];
  },
};

const isOpen = ({ undecided, environment }: Model): boolean =>
  undecided.some(({ subject, field }) => subject === `Environment ${environment.name}` && field === 'trustedProxies');

function reasonsOf(model: Model): readonly string[] {
  if (!wantsContainers(model)) return [];
  const byClient = routeLimits(model).filter(({ limit }) => limit.per === 'client');
  const isBlind =
    hasRuntime(model) && !seesClients(model) && byClient.some(({ limit }) => limit.at.includes('runtime'));
  const counting = new Set(byClient.flatMap((asked) => keepersOf(asked).by));
  const first = model.system.targets.wanted.includes('nginx') ? 'edge' : 'runtime';
  return [
    ...(isBlind ? ['the runtime sees nginx, and cannot count requests by client'] : []),
    ...(counting.has(first) && !(first === 'edge' && hasEdgePods(model))
      ? [
          `${first === 'edge' ? 'nginx' : 'the runtime'} counts by client, and a load balancer in front would be its one client`,
        ]
      : []),
  ];
}
