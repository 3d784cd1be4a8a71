/** Figures as people read them. */
const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** The two largest units: `2 h 13 min`. Below a second, milliseconds. */
export function formatDuration(ms: number): string {
  const rest = Math.max(0, Math.round(ms));
  const first = UNITS.findIndex(([size]) => rest >= size);
  if (first === -1) return `${rest} ms`;
  const [size, name] = UNITS[first] ?? [1, 'ms'];
  const [smaller, smallerName] = UNITS[first + 1] ?? [1, 'ms'];
  const more = Math.floor((rest % size) / smaller);
  const whole = `${Math.floor(rest / size)} ${name}`;
  return more === 0 || smaller === 1 ? whole : `${whole} ${more} ${smallerName}`;
}

/** A share as a percentage, with as many digits as tell it from 100 %. Never rounded up to 100 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const digits = percent >= 99 && percent < 100 ? 3 : percent >= 10 ? 1 : 2;
  const factor = 10 ** digits;
  return `${Number((Math.floor(percent * factor + 1e-6) / factor).toFixed(digits))} %`;
}

/** `3.2×`. */
export function formatFactor(factor: number): string {
  return `${factor >= 10 ? Math.round(factor) : Number(factor.toFixed(1))}×`;
}

export function formatCount(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}

/** `2026-03-01 04:05:06 UTC`. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
