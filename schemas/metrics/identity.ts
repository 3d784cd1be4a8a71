/**
 * Credentials: keys, administrators, signatures.
 */
import type { MetricDescription } from './description.ts';

/** Why a credential was not accepted. `unavailable` (a store is away) and `no-secret` are this side's fault, the others are the caller's. */
export const AUTH_FAILURE_REASONS = [
  'missing',
  'ambiguous',
  'malformed',
  'wrong-prefix',
  'bad-checksum',
  'unknown',
  'wrong-secret',
  'expired',
  'revoked',
  'wrong-admin-key',
  'wrong-signature',
  'skew',
  'uncovered',
  'body-unsigned',
  'body-mismatch',
  'replayed',
  'no-secret',
  'unavailable',
] as const;
export type AuthFailureReason = (typeof AUTH_FAILURE_REASONS)[number];

export const IDENTITY_METRICS = {
  auth_failures_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests without an acceptable credential, by reason.',
    labels: ['reason'],
    values: { reason: AUTH_FAILURE_REASONS },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
