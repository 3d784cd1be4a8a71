/**
 * nginx-prometheus-exporter over stub_status: no status codes and no latencies.
 * Source: github.com/nginx/nginx-prometheus-exporter, README, "Metrics for NGINX OSS".
 */
import type { Exporter } from './exporter.ts';

export const nginx = {
  name: 'nginx',
  title: 'nginx-prometheus-exporter',
  metrics: {
    nginx_up: { type: 'gauge', help: 'Whether the last scrape of nginx worked.', labels: [] },
    nginx_http_requests_total: { type: 'counter', help: 'Requests.', labels: [] },
    nginx_connections_active: { type: 'gauge', help: 'Client connections that are open.', labels: [] },
    nginx_connections_waiting: { type: 'gauge', help: 'Idle client connections.', labels: [] },
    nginx_connections_accepted: { type: 'counter', help: 'Client connections that were accepted.', labels: [] },
    nginx_connections_handled: {
      type: 'counter',
      help: 'Client connections that were handled; fewer than accepted when worker_connections is reached.',
      labels: [],
    },
  },
} as const satisfies Exporter;
