/**
 * Whether a response may be kept for others, and for how long (RFC 9111, 3 and 4.2).
 *
 * Pure. The policy's TTL stands in where the upstream says nothing and is the upper bound where it does; the upstream may
 * always ask for less. What identifies or belongs to one exchange is taken out of what is kept.
 */
import { connectionNames, passesResponseField } from '../../http/header-rules.ts';
import { type Directives, durationMs, parseCacheControl } from './cache-control.ts';

export interface ResponseFacts {
  readonly method: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface KeepingRules {
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly maxEntryBytes: number;
}

export type Judgement =
  | {
      readonly kind: 'keep';
      readonly freshMs: number;
      readonly staleMs: number;
      readonly ageMs: number;
      /** Request fields that choose among responses, in lower case, sorted. */
      readonly vary: readonly string[];
      readonly headers: Readonly<Record<string, string | string[]>>;
    }
  | { readonly kind: 'pass'; readonly reason: PassReason };

export type PassReason = 'status' | 'stream' | 'set-cookie' | 'directive' | 'vary' | 'ended' | 'size';

/** Whole answers that say something lasting. Redirects only for GET: after a POST they are part of one story. */
const KEPT_STATUSES = new Set([200, 204, 301, 308]);
const DENYING = ['no-store', 'private', 'no-cache'];
const REVALIDATING = ['must-revalidate', 'proxy-revalidate', 's-maxage'];
/** They speak of one exchange: cookies, budgets, traces, who answered and when. */
const NOT_KEPT = new Set([
  'set-cookie',
  'set-cookie2',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'traceparent',
  'tracestate',
  'baggage',
  'server-timing',
  'x-correlation-id',
  'x-trace-id',
  'age',
  'cache-status',
  'content-length',
  'alt-svc',
  'www-authenticate',
  'authentication-info',
]);
const NOT_KEPT_PREFIXES = ['x-ratelimit-', 'x-rate-limit-', 'ratelimit-', 'access-control-'];

export function judgeResponse(
  { method, status, headers }: ResponseFacts,
  rules: KeepingRules,
  wallMs: number,
): Judgement {
  if (!KEPT_STATUSES.has(status) || (method === 'POST' && status !== 200)) return pass('status');
  if (isStream(headers['content-type'])) return pass('stream');
  if (headers['set-cookie'] !== undefined) return pass('set-cookie');
  if (Number(headers['content-length'] ?? 0) > rules.maxEntryBytes) return pass('size');
  const directives = parseCacheControl(headers['cache-control']);
  if (DENYING.some((name) => directives.has(name))) return pass('directive');
  const vary = varyOf(headers);
  if (vary === undefined) return pass('vary');
  const ageMs = ageOf(headers);
  const freshMs = Math.min(rules.ttlMs, (lifetimeOf(directives, headers, wallMs) ?? Number.POSITIVE_INFINITY) - ageMs);
  if (freshMs <= 0) return pass('ended');
  return { kind: 'keep', freshMs, staleMs: staleOf(directives, rules), ageMs, vary, headers: keptFields(headers) };
}

function pass(reason: PassReason): Judgement {
  return { kind: 'pass', reason };
}

function isStream(type: string | string[] | undefined): boolean {
  return /^(?:text\/event-stream|multipart\/x-mixed-replace|application\/grpc)/i.test(String(type ?? ''));
}

/** Undefined when no two requests can be told to be alike. Whoever encodes and does not say so is read as if he did. */
function varyOf(headers: ResponseFacts['headers']): readonly string[] | undefined {
  const names = new Set(
    [headers['vary'] ?? []]
      .flat()
      .join(',')
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  );
  if (names.has('*')) return undefined;
  if (headers['content-encoding'] !== undefined) names.add('accept-encoding');
  return [...names].sort();
}

function lifetimeOf(directives: Directives, headers: ResponseFacts['headers'], wallMs: number): number | undefined {
  const said = durationMs(directives, 's-maxage') ?? durationMs(directives, 'max-age');
  if (said !== undefined) return said;
  const { expires } = headers;
  if (expires === undefined) return undefined;
  // An unreadable date means that it has passed (RFC 9111, 5.3).
  const ends = Date.parse(String(expires));
  return Number.isNaN(ends) ? 0 : Math.max(0, ends - dateOf(headers, wallMs));
}

function dateOf(headers: ResponseFacts['headers'], wallMs: number): number {
  const date = Date.parse(String(headers['date'] ?? ''));
  return Number.isNaN(date) ? wallMs : date;
}

/** Only what upstreams say: their clock may differ from this one, so Date alone makes nothing old. */
function ageOf(headers: ResponseFacts['headers']): number {
  const text = String(headers['age'] ?? '');
  return /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : 0;
}

function staleOf(directives: Directives, { staleIfErrorMs }: KeepingRules): number {
  if (REVALIDATING.some((name) => directives.has(name))) return 0;
  return Math.min(staleIfErrorMs, durationMs(directives, 'stale-if-error') ?? Number.POSITIVE_INFINITY);
}

function keptFields(headers: ResponseFacts['headers']): Readonly<Record<string, string | string[]>> {
  const listed = connectionNames(headers['connection']);
  const kept: Record<string, string | string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_KEPT.has(name) || !passesResponseField(name, listed)) continue;
    if (!NOT_KEPT_PREFIXES.some((prefix) => name.startsWith(prefix))) kept[name] = value;
  }
  return kept;
}
