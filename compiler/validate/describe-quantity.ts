/**
 * Why a text is not the quantity that a field asks for.
 *
 * Owns the reasons in words, with the unit that was probably meant. Relies on the parsers in `schemas/units` for the verdict, so that a
 * message and the resolved model cannot disagree.
 */
import {
  parseBytes,
  parseCpu,
  parseDuration,
  parseRate,
  parseRatio,
  type UnitOutcome,
} from '../../schemas/units/index.ts';
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import type { CodeInfo } from '../diagnostics/diagnostic.ts';
import { quoteList, quoteText } from '../diagnostics/quote-text.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';

export interface QuantityReason {
  readonly info: CodeInfo;
  /** `a duration with its unit, such as 200ms`. */
  readonly expected: string;
  /** `the unit is missing`. */
  readonly reason: string;
  readonly hint?: string;
  /** The parser takes it; at most the pattern of the schema does not. */
  readonly isReadable?: boolean;
}

/** What is wrong with a value that should be a quantity of this kind; undefined when the kind is no quantity with a unit. */
export function describeQuantity(kind: string, value: string | number): QuantityReason | undefined {
  const quantity = Object.hasOwn(QUANTITIES, kind) ? QUANTITIES[kind] : undefined;
  if (quantity === undefined) return undefined;
  const { expected } = quantity;
  const { text, outcome } = parseLoosely(quantity, String(value));
  // What the parser takes and the schema does not is a matter of form: a blank between number and unit, or around them.
  if (outcome.ok) {
    const hint = text === value ? undefined : `Write ${quoteText(text)}.`;
    return {
      info: VALIDATE.quantityUnreadable,
      expected,
      reason: 'it does not have this form',
      isReadable: true,
      ...(hint && { hint }),
    };
  }
  if (outcome.reason === 'unknown-unit')
    return { info: VALIDATE.unitUnknown, expected, ...unknownUnit(text, quantity) };
  const hint = HINTS[outcome.reason]?.(text, quantity);
  return { ...REASONS[outcome.reason], expected, ...(hint !== undefined && { hint }) };
}

/** How the figure breaks a bound of its field, such as `x-most: 24d`; undefined when it keeps it. Both have been read before. */
export function breaksBound(kind: string, value: string | number, bound: 'most' | 'least', limit: string): boolean {
  const quantity = Object.hasOwn(QUANTITIES, kind) ? QUANTITIES[kind] : undefined;
  const [figure, edge] = [quantity?.parse(String(value)), quantity?.parse(limit)];
  if (!figure?.ok || !edge?.ok || typeof figure.value !== 'number' || typeof edge.value !== 'number') return false;
  return bound === 'most' ? figure.value > edge.value : figure.value < edge.value;
}

/** The verdict of the parser; for a text with blanks that it cannot begin to read, the verdict on the text without them. */
function parseLoosely({ parse }: QuantityKind, written: string) {
  const compact = written.replace(/\s+/g, '');
  const outcome = parse(written);
  const isStuck = outcome.ok || outcome.reason === 'not-a-number';
  return isStuck ? { text: compact, outcome: parse(compact) } : { text: written, outcome };
}

interface QuantityKind {
  readonly parse: (text: string) => UnitOutcome<unknown>;
  readonly units: readonly string[];
  /** Units that people write elsewhere, and what they are here. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly expected: string;
  /** The largest one, as people write it. */
  readonly most: string;
}

const DURATION: QuantityKind = {
  parse: parseDuration,
  units: ['ms', 's', 'm', 'h', 'd', 'w'],
  aliases: {
    sec: 's',
    secs: 's',
    second: 's',
    seconds: 's',
    min: 'm',
    mins: 'm',
    minute: 'm',
    minutes: 'm',
    hr: 'h',
    hrs: 'h',
    hour: 'h',
    hours: 'h',
    day: 'd',
    days: 'd',
    week: 'w',
    weeks: 'w',
    millis: 'ms',
    msec: 'ms',
  },
  expected: 'a duration such as 200ms, 15m or 90d',
  most: '12000d',
};

const QUANTITIES: Readonly<Record<string, QuantityKind>> = {
  duration: DURATION,
  durationOrZero: { ...DURATION, parse: (text) => parseDuration(text, { allowZero: true }) },
  bytes: {
    parse: parseBytes,
    units: ['B', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'Ti'],
    aliases: {
      KB: 'k',
      kB: 'k',
      K: 'Ki',
      MB: 'M',
      mb: 'M',
      m: 'Mi',
      GB: 'G',
      gb: 'G',
      g: 'Gi',
      TB: 'T',
      KiB: 'Ki',
      MiB: 'Mi',
      GiB: 'Gi',
      TiB: 'Ti',
      bytes: 'B',
    },
    expected: 'a size such as 512Mi or 20Gi',
    most: '8191Ti',
  },
  rate: {
    parse: parseRate,
    units: ['/s', '/min', '/h', '/d'],
    aliases: {
      rps: '/s',
      'per second': '/s',
      'per minute': '/min',
      'per hour': '/h',
      'per day': '/d',
      'r/s': '/s',
      'req/s': '/s',
      '/sec': '/s',
      '/second': '/s',
      rpm: '/min',
      'r/m': '/min',
      '/mins': '/min',
      '/minute': '/min',
      '/hour': '/h',
      '/hr': '/h',
      '/day': '/d',
      qps: '/s',
      s: '/s',
      min: '/min',
    },
    expected: 'a rate such as 10/s or 600/min',
    most: '10000000/s',
  },
  ratio: {
    parse: parseRatio,
    units: ['%'],
    aliases: { percent: '%', pct: '%', '％': '%' },
    expected: 'a percentage such as 99.9%',
    most: '100%',
  },
  cpu: {
    parse: parseCpu,
    units: ['m'],
    aliases: { M: 'm', millicores: 'm', mcpu: 'm', mCPU: 'm', core: '', cores: '', cpu: '', cpus: '' },
    expected: 'cores such as 2, 0.5 or 500m',
    most: '1000',
  },
};

const HINTS: Readonly<Record<string, (text: string, quantity: QuantityKind) => string>> = {
  'missing-unit': missingUnit,
  'too-large': (_, { most }) => `Check the number and its unit; \`${most}\` is the most.`,
};

type Reason = Exclude<UnitOutcome<never>, { ok: true }>['reason'];

const REASONS: Readonly<Record<Exclude<Reason, 'unknown-unit'>, { readonly info: CodeInfo; readonly reason: string }>> =
  {
    'not-a-number': { info: VALIDATE.quantityUnreadable, reason: 'it does not begin with a number' },
    'missing-unit': { info: VALIDATE.unitMissing, reason: 'the unit is missing' },
    negative: { info: VALIDATE.quantityNegative, reason: 'it is negative' },
    zero: { info: VALIDATE.quantityZero, reason: 'it is zero' },
    'too-large': { info: VALIDATE.quantityTooLarge, reason: 'it is too large' },
    'not-exact': { info: VALIDATE.quantityInexact, reason: 'it cannot be kept exactly' },
  };

/** Where there is one unit only, it is the one; elsewhere the writer has to say. */
function missingUnit(text: string, { units }: QuantityKind): string {
  const [only, ...others] = units;
  return others.length === 0
    ? `Write \`${text.trim()}${only}\`.`
    : `Write the unit directly behind the number: ${quoteList(units)}.`;
}

/** Names the unit that was written, and the one that was probably meant. */
function unknownUnit(
  text: string,
  { units, aliases }: QuantityKind,
): { readonly reason: string; readonly hint: string } {
  const unit = /[a-zA-Zµ/%％][^\d]*$/.exec(text.trim())?.[0].trim() ?? '';
  if (/^mo(n|nth|nths)?$|^y(r|ear|ears)?$/i.test(unit))
    return { reason: `\`${unit}\` has no fixed length`, hint: 'Count the days, such as `30d` or `365d`.' };
  const meant = Object.hasOwn(aliases, unit) ? aliases[unit] : suggestName(unit, units);
  const number = text
    .trim()
    .slice(0, text.trim().length - unit.length)
    .trim();
  return {
    reason: unit === '' ? 'the unit is not known' : `the unit ${quoteText(unit)} is not known`,
    hint: meant === undefined || meant === unit ? `Use ${quoteList(units)}.` : `Did you mean \`${number}${meant}\`?`,
  };
}
