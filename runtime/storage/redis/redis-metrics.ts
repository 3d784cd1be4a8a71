/** The connection to Redis as metrics, read at each scrape. */
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { SharedRedis } from './open-redis.ts';

export function exportRedis(registry: MetricRegistry, redis: SharedRedis): void {
  registry.gauge('shared_state_up', () => [[Number(redis.isUp), {}]]);
  registry.total('shared_state_connection_losses_total', () => [[redis.losses, {}]]);
}
