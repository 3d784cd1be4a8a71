/** What is exported of signed requests beside their refusals. */
import type { MetricRegistry } from '../../telemetry/registry.ts';
import type { NonceStore } from './nonce-store.ts';

export function exportNonces(registry: MetricRegistry, nonces: NonceStore): void {
  registry.gauge('signature_nonces', () => [[nonces.size, {}]]);
  registry.total('signature_nonce_store_failures_total', () => [[nonces.failures, {}]]);
}
