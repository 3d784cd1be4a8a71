/**
 * Every default of the language: its name, its value as a person would write it, and the reason.
 *
 * Owns the one place where a value may come from when the spec leaves it out; `explain` lists this table. Values that follow from other
 * values (the memory limit from the memory request) say so in `value`.
 */

import { DATA_DEFAULTS } from './defaults/data.ts';
import { ENVIRONMENT_DEFAULTS } from './defaults/environment.ts';
import { OBSERVABILITY_DEFAULTS } from './defaults/observability.ts';
import { ROUTE_DEFAULTS } from './defaults/route.ts';
import { RUNTIME_DEFAULTS } from './defaults/runtime.ts';
import { SERVICE_DEFAULTS } from './defaults/service.ts';
import { SYSTEM_DEFAULTS } from './defaults/system.ts';

export type { Default } from './defaults/default.ts';

export const DEFAULTS = {
  ...SYSTEM_DEFAULTS,
  ...ENVIRONMENT_DEFAULTS,
  ...SERVICE_DEFAULTS,
  ...ROUTE_DEFAULTS,
  ...OBSERVABILITY_DEFAULTS,
  ...DATA_DEFAULTS,
  ...RUNTIME_DEFAULTS,
} as const;

export type DefaultName = keyof typeof DEFAULTS;

/** The pod labels of Prometheus in the usual installations. */
export const PROMETHEUS_LABELS: Readonly<Record<string, string>> = { 'app.kubernetes.io/name': 'prometheus' };

/** Security headers that every environment sends unless it says otherwise. Source: OWASP Secure Headers Project. */
export const DEFAULT_SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};
