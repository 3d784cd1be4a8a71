/**
 * From the text of an environment variable to a typed value.
 *
 * Owns what a number, a switch or a list looks like. Answers undefined for what does not fit, and never a message with
 * the text in it: it may be a secret.
 */
const INTEGER = /^[+-]?\d{1,15}$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const SWITCH: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };

export function readInteger(text: string): number | undefined {
  return INTEGER.test(text.trim()) ? Number(text) : undefined;
}

export function readNumber(text: string): number | undefined {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** `true`, `false`, `1` or `0`, in any case. */
export function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return Object.hasOwn(SWITCH, word) ? SWITCH[word] : undefined;
}

/** Seconds, with or without a fraction, as whole milliseconds. */
export function readSeconds(text: string): number | undefined {
  const seconds = readNumber(text);
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

/** `a, b` or `["a", "b"]`; blanks around an item and empty items of the first form are dropped. */
export function readList(text: string): readonly string[] | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('[')) return itemsOf(trimmed.split(','));
  const value = readJson(trimmed);
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? itemsOf(value) : undefined;
}

/** The value, or undefined for text that is not JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function itemsOf(items: readonly string[]): readonly string[] {
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

const LEVELS: ReadonlyMap<string, string> = new Map([
  ...['debug', 'info', 'warn', 'error'].map((level) => [level, level] as const),
  ['warning', 'warn'],
]);

/** A level of the log, as the usual programs write it: in any case, `warning` for `warn`. */
export function readLevel(text: string): string | undefined {
  return LEVELS.get(text.trim().toLowerCase());
}
