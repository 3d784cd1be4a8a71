/** Queues on Redis Streams, measured: `queues`. Workers of the library consume them; the gateway only looks. */
import type { Feature } from '../../feature.ts';
import type { Queues } from './queues.ts';

export const queues: Feature<Queues> = {
  isAskedFor: (policy) => Object.keys(policy.queues ?? {}).length > 0,
  load: async () => (await import('./open-feature.ts')).openQueues,
};
