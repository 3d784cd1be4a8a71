/** Opens the measuring of queues, over the Redis of the counters where it is the same. */
import type { OpenFeature } from '../../feature.ts';
import { exportQueues } from './queue-metrics.ts';
import { createQueues, type Queues } from './queues.ts';

export const openQueues: OpenFeature<Queues> = ({ policy, env, clock, log, registry, redis }) => {
  const { counters } = policy.storage;
  const shared = redis !== undefined && counters.kind === 'redis' ? { env: counters.env, redis } : undefined;
  const queues = createQueues({ env, clock, log, shared, prefix: `${policy.system}:${policy.environment}:` });
  exportQueues(registry, queues);
  return { api: queues, use: queues.use, close: queues.close };
};
