/**
 * Cron expressions with five fields, read in UTC.
 *
 * Owns their meaning as sets of minutes and days, and the one question that matters for recovery points: the longest time without a run.
 * Only what cron(5) and the parser of Kubernetes (robfig/cron v3) read alike is accepted: no 7 for Sunday, no step beyond its field, no
 * `@daily`, and no `*` with a step beside the other restricted day, which cron joins by "and" and Kubernetes by "or". Two days that are
 * restricted without it are joined by "or" everywhere.
 */
import { milliseconds } from './duration.ts';
import type { Milliseconds } from './quantity.ts';

/** A readable schedule: minutes of the day at which it runs, on the days that match. */
export interface CronSchedule {
  readonly minutesOfDay: readonly number[];
  /** After so many days the days that match come again in the same order. */
  readonly cycleDays: number;
  readonly matchesDay: (day: {
    readonly month: number;
    readonly dayOfMonth: number;
    readonly dayOfWeek: number;
  }) => boolean;
}

const FIELDS = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day of month', low: 1, high: 31, names: [] },
  {
    name: 'month',
    low: 1,
    high: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', low: 0, high: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
] as const;
type Field = (typeof FIELDS)[number];

/** Reads an expression; on failure `problem` says which field is wrong and what it may hold. */
export function parseCron(
  text: string,
): { readonly ok: true; readonly value: CronSchedule } | { readonly ok: false; readonly problem: string } {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length)
    return {
      ok: false,
      problem: `it has ${parts.length} fields instead of five (minute, hour, day of month, month, day of week)`,
    };
  const sets: Set<number>[] = [];
  for (const [index, field] of FIELDS.entries()) {
    const set = parseField(parts[index] ?? '', field);
    if (set === undefined)
      return { ok: false, problem: `\`${parts[index]}\` is no ${field.name} (${field.low} to ${field.high})` };
    sets.push(set);
  }
  const [minutes = new Set(), hours = new Set(), daysOfMonth = new Set(), months = new Set(), daysOfWeek = new Set()] =
    sets;
  const [anyDayOfMonth, anyDayOfWeek] = [daysOfMonth.size === 31, daysOfWeek.size === WEEK];
  const stepped = [parts[2], parts[4]].find((part) => part?.startsWith('*') && part !== '*');
  if (stepped !== undefined && !anyDayOfMonth && !anyDayOfWeek)
    return {
      ok: false,
      problem: `\`${stepped}\` beside another restricted day is read differently by cron and Kubernetes`,
    };
  const minutesOfDay = [...hours]
    .flatMap((hour) => [...minutes].map((minute) => hour * 60 + minute))
    .sort((a, b) => a - b);
  return {
    ok: true,
    value: {
      minutesOfDay,
      cycleDays: cycleOf(anyDayOfMonth && months.size === 12, anyDayOfWeek),
      matchesDay: ({ month, dayOfMonth, dayOfWeek }) => {
        if (!months.has(month)) return false;
        const [byMonth, byWeek] = [daysOfMonth.has(dayOfMonth), daysOfWeek.has(dayOfWeek)];
        return anyDayOfMonth || anyDayOfWeek ? byMonth && byWeek : byMonth || byWeek;
      },
    },
  };
}

function cycleOf(isEveryDate: boolean, isEveryWeekday: boolean): number {
  if (isEveryDate) return isEveryWeekday ? 1 : WEEK;
  return isEveryWeekday ? FOUR_YEARS : CALENDAR;
}

const WEEK = 7;
const FOUR_YEARS = 4 * 365 + 1;
/** Twenty-eight years hold every combination of date and weekday. */
const CALENDAR = 7 * FOUR_YEARS;
const FIRST_YEAR = 2001;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The longest time between two runs; undefined when it never runs, as on 30 February. */
export function longestGap({ minutesOfDay, cycleDays, matchesDay }: CronSchedule): Milliseconds | undefined {
  const first = minutesOfDay[0];
  const last = minutesOfDay.at(-1);
  if (first === undefined || last === undefined) return undefined;
  let longest = 0;
  for (let index = 1; index < minutesOfDay.length; index++)
    longest = Math.max(longest, (minutesOfDay[index] ?? 0) - (minutesOfDay[index - 1] ?? 0));
  let previousDay: number | undefined;
  // From some day that matches on, one whole cycle holds every gap; the first such day lies within the first cycle.
  for (const day of matchingDays(matchesDay, Math.min(2 * cycleDays, CALENDAR))) {
    if (previousDay !== undefined) longest = Math.max(longest, (day - previousDay) * 1440 - last + first);
    previousDay = day;
  }
  return previousDay === undefined ? undefined : milliseconds(longest * 60_000);
}

/** The days before `end` that match, counted from the first day of the first year. */
function* matchingDays(matchesDay: CronSchedule['matchesDay'], end: number): Generator<number> {
  let day = 0;
  for (let year = FIRST_YEAR; day < end; year++) {
    for (const [index, usual] of DAYS_OF_MONTH.entries()) {
      const length = index === 1 && year % 4 === 0 ? 29 : usual;
      for (let dayOfMonth = 1; dayOfMonth <= length && day < end; dayOfMonth++) {
        // The first day is a Monday.
        if (matchesDay({ month: index + 1, dayOfMonth, dayOfWeek: (day + 1) % WEEK })) yield day;
        day++;
      }
    }
  }
}

function parseField(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const range = parseRange(part, field);
    if (range === undefined) return undefined;
    for (let value = range.start; value <= range.end; value += range.stride) values.add(value);
  }
  return values;
}

/** One part of a list: `*`, `5`, `1-5`, `mon-fri`, each with an optional `/step`. A step without an end runs to the last value. */
function parseRange(part: string, field: Field): { start: number; end: number; stride: number } | undefined {
  const match = /^(?:\*|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:\/(\d+))?$/i.exec(part);
  if (match === null) return undefined;
  const [, from, to, step] = match;
  const start = from === undefined ? field.low : parseValue(from, field);
  const openEnd = from === undefined || step !== undefined ? field.high : start;
  const end = to === undefined ? openEnd : parseValue(to, field);
  const stride = Number(step ?? 1);
  return start === undefined || end === undefined || start > end || stride < 1 || stride > field.high
    ? undefined
    : { start, end, stride };
}

function parseValue(text: string, { low, high, names }: Field): number | undefined {
  const named = (names as readonly string[]).indexOf(text.toLowerCase());
  if (named >= 0) return named + low;
  if (!/^\d+$/.test(text)) return undefined;
  const value = Number(text);
  return value >= low && value <= high ? value : undefined;
}
