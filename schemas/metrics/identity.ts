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
  'tenant-inactive',
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
  api_key_grace_uses_total: {
    type: 'counter',
    unit: '1',
    initialised: true,
    help: 'Requests with a key that was rotated and still works, by type of the key: who still has to change.',
    labels: ['key_type'],
  },
  identity_cached_rows: {
    type: 'gauge',
    unit: '1',
    initialised: true,
    help: 'Rows held in memory, and ids that are known not to exist.',
    labels: ['kind', 'state'],
    values: { kind: ['api_key', 'tenant'], state: ['found', 'absent'] },
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;
