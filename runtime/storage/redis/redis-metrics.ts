/** The connection to Redis as metrics, read at each scrape. */
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { SharedRedis } from './open-redis.ts';

export function exportRedis(registry: MetricRegistry, redis: SharedRedis): void {
  registry.gauge('redis_up', () => [[Number(redis.isUp), {}]]);
  registry.total('redis_connection_losses_total', () => [[redis.losses, {}]]);
}
