/**
 * The certificate that the gateway shows.
 */
import type { MetricDescription } from './description.ts';

export const TLS_METRICS = {
  tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    unit: 'seconds',
    // Only where the runtime terminates TLS.
    initialised: false,
    help: 'When the certificate that is being served expires, in seconds since 1970.',
    labels: [],
  },
  tls_reloads_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Changes of certificate files that were taken over, or refused with the old ones kept.',
    labels: ['result'],
    values: { result: ['taken', 'refused'] },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
