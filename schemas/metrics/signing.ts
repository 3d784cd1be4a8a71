/**
 * Signed requests. Refusals are counted with the other credentials (identity.ts).
 */
import type { MetricDescription } from './description.ts';

export const SIGNING_METRICS = {
  signature_nonces: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Used signatures that this process remembers.',
    labels: [],
  },
  signature_nonce_store_failures_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Signed requests for which the shared store of used signatures could not be asked.',
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
