/** The caches as metrics, read at each scrape. Shared stores are asked then, with their own short timeout. */
import type { CounterName } from '../../../schemas/metrics.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { Caches } from './caches.ts';
import type { CacheStats } from './named-cache.ts';

const TOTALS = {
  cache_hits_total: 'hits',
  cache_misses_total: 'misses',
  cache_collapsed_total: 'collapsed',
  cache_stale_served_total: 'stale',
  cache_evictions_total: 'evictions',
  cache_invalidations_total: 'invalidations',
  cache_store_failures_total: 'storeFailures',
} as const satisfies Partial<Record<CounterName, keyof CacheStats>>;

export function exportCaches(registry: MetricRegistry, caches: Caches): void {
  const total = (name: keyof typeof TOTALS): void =>
    registry.total(name, () => [...caches.all].map((cache) => [cache.stats[TOTALS[name]], { cache: cache.name }]));
  total('cache_hits_total');
  total('cache_misses_total');
  total('cache_collapsed_total');
  total('cache_stale_served_total');
  total('cache_evictions_total');
  total('cache_invalidations_total');
  total('cache_store_failures_total');
  registry.gauge('cache_entries', async () =>
    // No number rather than the last one, which the exporter would repeat for an absent value.
    (await caches.list()).map(({ name, entries = Number.NaN }) => [entries, { cache: name }]),
  );
  registry.gauge('cache_bytes', async () =>
    (await caches.list()).flatMap(({ name, bytes }) => (bytes === undefined ? [] : [[bytes, { cache: name }]])),
  );
}
