/** The policies that every full stack of the bench enforces: one key, one origin, the same response headers, three budgets, one histogram. */
import { createHmac, randomBytes } from 'node:crypto';
import pino, { type Logger } from 'pino';

export const ORIGIN = 'https://app.example.com';
export const KEY_FIELD = 'x-api-key';
/** Response fields that a browser may read. */
export const EXPOSED_FIELDS = ['ratelimit'];
export const PREFLIGHT_SECONDS = 600;

/** What the compiler gives to an API by default. */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The same headers in the words of helmet; everything else that it would send is off. */
export const HELMET_OPTIONS = {
  contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  strictTransportSecurity: { maxAge: 63_072_000, includeSubDomains: true },
  xContentTypeOptions: true,
  xFrameOptions: { action: 'deny' },
  crossOriginEmbedderPolicy: false,
  crossOriginResourcePolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
} as const;

/** Every budget is per this time. */
export const WINDOW_MS = 60_000;

export const LATENCY_BUCKETS_MS = [5, 10, 25, 50, 100, 250, 500, 1_000];
export const LATENCY_BUCKETS_SECONDS = LATENCY_BUCKETS_MS.map((ms) => ms / 1000);

/** Keys as a careful service keeps them: digests with a pepper, never the keys. */
export interface KeyRing {
  /** The one key that is accepted. */
  readonly key: string;
  /** Undefined for an unknown key. */
  tenantOf(key: unknown): string | undefined;
}

export function createKeyRing(): KeyRing {
  const pepper = randomBytes(32);
  const key = `bench_test_${randomBytes(24).toString('base64url')}`;
  const digestOf = (text: string): string => createHmac('sha256', pepper).update(text).digest('base64url');
  const tenants = new Map([[digestOf(key), 'bench']]);
  return { key, tenantOf: (text) => (typeof text === 'string' ? tenants.get(digestOf(text)) : undefined) };
}

/** Lines are written in batches off the main thread, as large as pino lets them be. */
export const openLog = (file: string): Logger =>
  pino(pino.destination({ dest: file, sync: false, minLength: 16_000, periodicFlush: 500 }));
