/**
 * limits/shared-over-replicas
 *
 * Owns one claim: where several processes of the gateway count the same budget, they count it in one place. Without one each of them
 * enforces its share, which refuses callers that a balancer happens to send to one process.
 */
import { limitsKeptBy } from '../../../derive/limits/keepers.ts';
import { gatewayProcesses } from '../../../derive/runtime-policy/storage.ts';
import type { Check } from '../../check.ts';

export const sharedOverReplicas: Check = {
  id: 'limits/shared-over-replicas',
  code: 'SW-429',
  severity: 'error',
  misses: ['Datastore'],
  title: 'Several gateways count one budget, each on its own',
  why: 'Each process can only enforce its share of the rate, and forgets it when it restarts.',
  hint: 'Let the gateway use a `redis` datastore, or run one process of it.',
  run: (model) => {
    const { services, datastores } = model;
    const gateway = services.find((service) => service.role === 'gateway');
    if (gateway === undefined) return [];
    const processes = gatewayProcesses(gateway);
    const isShared = gateway.uses.some((use) =>
      datastores.some(({ name, engine }) => name === use.datastore && engine === 'redis'),
    );
    const [limit] = services.flatMap((service) =>
      service.routes.flatMap((route) => limitsKeptBy('runtime', model, service, route)),
    );
    if (processes < 2 || isShared || limit === undefined) return [];
    return [
      {
        at: gateway.origin.self,
        message: `up to ${processes} processes of \`${gateway.name}\` count the budget \`${limit.zone}\`, and use no Redis`,
        related: [{ at: limit.origin.of('rate'), note: 'this budget' }],
      },
    ];
  },
};
