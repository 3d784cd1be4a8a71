/** What is counted of tunnels and event streams. */
import {
  TUNNEL_CLOSE_REASONS,
  TUNNEL_REFUSAL_REASONS,
  type TunnelCloseReason,
  type TunnelRefusalReason,
} from '../../../schemas/metrics.ts';
import type { MetricRegistry } from '../../telemetry/registry.ts';

export interface StreamMetrics {
  tunnelOpened(): void;
  tunnelClosed(reason: TunnelCloseReason): void;
  tunnelRefused(reason: TunnelRefusalReason): void;
  transferred(to: 'client' | 'upstream', bytes: number): void;
  eventStreamOpened(): void;
  eventStreamClosed(): void;
}

export function createStreamMetrics(registry: MetricRegistry): StreamMetrics {
  let tunnels = 0;
  let eventStreams = 0;
  const bytes = { client: 0, upstream: 0 };
  const closes = registry.counter(
    'websocket_closes_total',
    TUNNEL_CLOSE_REASONS.map((reason) => ({ reason })),
  );
  const refusals = registry.counter(
    'websocket_refusals_total',
    TUNNEL_REFUSAL_REASONS.map((reason) => ({ reason })),
  );
  registry.gauge('websocket_tunnels', () => [[tunnels, {}]]);
  registry.gauge('event_streams', () => [[eventStreams, {}]]);
  registry.total('websocket_transferred_bytes_total', () => [
    [bytes.client, { to: 'client' }],
    [bytes.upstream, { to: 'upstream' }],
  ]);
  return {
    tunnelOpened() {
      tunnels += 1;
    },
    tunnelClosed(reason) {
      tunnels -= 1;
      closes({ reason });
    },
    tunnelRefused: (reason) => refusals({ reason }),
    transferred(to, count) {
      bytes[to] += count;
    },
    eventStreamOpened() {
      eventStreams += 1;
    },
    eventStreamClosed() {
      eventStreams -= 1;
    },
  };
}
