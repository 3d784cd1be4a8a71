/**
 * Durations: `200ms`, `15m`, `1h30m`, `90d`.
 *
 * Owns parsing to milliseconds and the formats that the targets want. A month and a year have no fixed length and are no units here.
 */
import { type Milliseconds, scaleExactly, type UnitOutcome, type UnitReason } from './quantity.ts';

/** A day of 24 hours, in milliseconds. */
export const DAY_MS = 86_400_000;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 604_800_000,
};
// Kubernetes counts seconds in 32 bits, and adds some of them up.
const LONGEST_MS = 12_000 * DAY_MS;
const EXPECTED = 'a duration with its unit, such as 200ms, 30s, 15m, 1h30m or 90d';

/** Reads a duration. `allowZero` admits `0s`; more than 12000 days is too large. */
export function parseDuration(text: string, { allowZero = false } = {}): UnitOutcome<Milliseconds> {
  const trimmed = text.trim();
  if (trimmed.startsWith('-')) return fail('negative');
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)([a-zA-Zµ]*)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== trimmed) return fail('not-a-number');
  const total = addParts(parts.map(([, digits = '', unit = '']) => ({ digits, unit })));
  if (typeof total === 'string') return fail(total);
  if (total > LONGEST_MS) return fail('too-large');
  if (total === 0 && !allowZero) return fail('zero');
  return { ok: true, value: milliseconds(total) };
}

/** Parts run from the largest unit to the smallest, so that `5m1h` cannot pass for a typo of `5ms1h`. */
function addParts(parts: readonly { readonly digits: string; readonly unit: string }[]): number | UnitReason {
  let total = 0;
  let previousFactor = Number.POSITIVE_INFINITY;
  for (const { digits, unit } of parts) {
    if (unit === '') return 'missing-unit';
    const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (factor === undefined || factor >= previousFactor) return 'unknown-unit';
    if (Number(digits) * factor > LONGEST_MS) return 'too-large';
    const part = scaleExactly(digits, factor);
    if (part === undefined) return 'not-exact';
    previousFactor = factor;
    total += part;
  }
  return total;
}

/** Makes a duration from a number that is known to be milliseconds. */
export const milliseconds = (value: number): Milliseconds => value as Milliseconds;

/** The shortest exact text in one unit: `90s`, `15m`, `30d`; the form of our own messages and of the spec. */
export function formatDuration(value: Milliseconds): string {
  if (value === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's']) {
    const factor = UNITS[unit] ?? 1;
    if (value % factor === 0) return `${value / factor}${unit}`;
  }
  return value > 1000 ? `${value / 1000}s` : `${value}ms`;
}

/** Prometheus durations take whole units only and no fractions: `1500ms`, `5m`, `30d`. */
export function formatPrometheusDuration(value: Milliseconds): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const factor = UNITS[unit] ?? 1;
    if (value !== 0 && value % factor === 0) return `${value / factor}${unit}`;
  }
  return value === 0 ? '0s' : `${value}ms`;
}

/** nginx times: whole seconds as `30s`, otherwise milliseconds as `1500ms`. Manual: nginx.org, "Configuration file measurement units". */
export const formatNginxTime = (value: Milliseconds): string =>
  value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;

/** Whole seconds, rounded up: a grace period or a timeout must never become shorter than what was asked for. */
export const wholeSeconds = (value: Milliseconds): number => Math.ceil(value / 1000);

/** Seconds as a plain decimal, for PromQL and histogram bounds: `0.01`. */
export const inSeconds = (value: Milliseconds): number => value / 1000;

const fail = (reason: UnitReason) => ({ ok: false, reason, expected: EXPECTED }) as const;
