/**
 * Sizes: `512Mi`, `20Gi`, `10M`.
 *
 * Owns parsing to bytes and the formats that the targets want. Binary (Ki, Mi, Gi, Ti) and decimal (k, M, G, T) units as in Kubernetes.
 */
import { type Bytes, scaleExactly, splitQuantity, type UnitOutcome, type UnitReason } from './quantity.ts';

const BINARY: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };
const DECIMAL: Readonly<Record<string, number>> = { B: 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const EXPECTED = 'a size with its unit, such as 512Mi, 20Gi or 10M';

/** Reads a size. Zero is not a size. */
export function parseBytes(text: string): UnitOutcome<Bytes> {
  const parts = splitQuantity(text);
  if (parts === undefined) return fail('not-a-number');
  if (parts.number < 0) return fail('negative');
  if (parts.unit === '') return fail('missing-unit');
  const units = { ...DECIMAL, ...BINARY };
  const factor = Object.hasOwn(units, parts.unit) ? units[parts.unit] : undefined;
  if (factor === undefined) return fail('unknown-unit');
  if (parts.number * factor > Number.MAX_SAFE_INTEGER) return fail('too-large');
  const value = scaleExactly(parts.digits, factor);
  if (value === undefined) return fail('not-exact');
  return value === 0 ? fail('zero') : { ok: true, value: bytes(value) };
}

/** Makes a size from a number that is known to be bytes. */
export const bytes = (value: number): Bytes => value as Bytes;

/** The shortest exact Kubernetes quantity: `512Mi`, `10M`, `1500`. */
export function formatKubernetesBytes(value: Bytes): string {
  for (const [unit, factor] of Object.entries(BINARY).reverse())
    if (value % factor === 0) return `${value / factor}${unit}`;
  for (const unit of ['T', 'G', 'M', 'k']) {
    const factor = DECIMAL[unit] ?? 1;
    if (value % factor === 0) return `${value / factor}${unit}`;
  }
  return String(value);
}

/** nginx sizes know k, m and g, all binary; what lies between two steps is written in bytes, so that no figure changes. */
export function formatNginxSize(value: Bytes): string {
  if (value % 2 ** 30 === 0) return `${value / 2 ** 30}g`;
  if (value % 2 ** 20 === 0) return `${value / 2 ** 20}m`;
  return value % 2 ** 10 === 0 ? `${value / 2 ** 10}k` : String(value);
}

const fail = (reason: UnitReason) => ({ ok: false, reason, expected: EXPECTED }) as const;
