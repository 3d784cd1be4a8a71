/**
 * Processor shares: `500m`, `2`, `0.25`.
 *
 * Owns parsing to thousandths of a core as Kubernetes counts them, and the way back.
 */
import { type Millicores, scaleExactly, splitQuantity, type UnitOutcome, type UnitReason } from './quantity.ts';

const EXPECTED = 'cores or thousandths of a core, such as 2, 0.5 or 500m';

/** Reads a processor share. */
export function parseCpu(text: string): UnitOutcome<Millicores> {
  const parts = splitQuantity(text);
  if (parts === undefined) return fail('not-a-number');
  if (parts.number < 0) return fail('negative');
  if (parts.unit !== '' && parts.unit !== 'm') return fail('unknown-unit');
  const value = scaleExactly(parts.digits, parts.unit === 'm' ? 1 : 1000);
  if (value === undefined) return fail('not-exact');
  if (value === 0) return fail('zero');
  return value > 1_000_000 ? fail('too-large') : { ok: true, value: millicores(value) };
}

/** Makes a share from a number that is known to be thousandths of a core. */
export const millicores = (value: number): Millicores => value as Millicores;

/** The canonical Kubernetes quantity: whole cores without a unit, everything else in thousandths. */
export const formatKubernetesCpu = (value: Millicores): string =>
  value % 1000 === 0 ? String(value / 1000) : `${value}m`;

const fail = (reason: UnitReason) => ({ ok: false, reason, expected: EXPECTED }) as const;
