/**
 * What is wrong with a cron expression, and the one that was probably meant.
 *
 * Owns the ways of writing that other tools know: names such as `@daily`, seconds, time zones, 7 for Sunday. Relies on `schemas/units` for
 * the verdict. Schedules are in UTC only, because the hour that a summer time skips or repeats would make every promise about gaps wrong.
 */
import { longestGap, parseCron } from '../../schemas/units/cron.ts';

export interface CronFault {
  readonly reason: string;
  readonly hint: string;
}

/** Undefined when nothing is wrong with it. */
export function explainCron(text: string): CronFault | undefined {
  const outcome = parseCron(text);
  if (outcome.ok)
    return longestGap(outcome.value) === undefined
      ? { reason: 'it never runs, because no such date exists', hint: 'Write a day that exists in one of its months.' }
      : undefined;
  const hint = named(text) ?? zoned(text) ?? seconds(text) ?? sunday(text);
  if (hint !== undefined) return hint;
  const isTwofold = outcome.problem.includes('differently');
  return { reason: outcome.problem, hint: isTwofold ? 'Restrict only one of the two days, or list the days.' : USUAL };
}

const USUAL = 'Write minute, hour, day of month, month and day of week, such as `30 2 * * *`.';

const NAMES: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

function named(text: string): CronFault | undefined {
  const [name = '', every = ''] = text.trim().split(/\s+/);
  if (!name.startsWith('@')) return undefined;
  if (name === '@every') {
    const [, count = '', unit = ''] = /^(\d+)([mh])$/.exec(every) ?? [];
    const step = count === '1' ? '*' : `*/${count}`;
    const written = unit === 'm' ? `${step} * * * *` : unit === 'h' ? `0 ${step} * * *` : '*/15 * * * *';
    return { reason: 'it names a distance, not times', hint: `Write \`${written}\`, or other times of the clock.` };
  }
  const written = NAMES[name.toLowerCase()];
  if (written === undefined) return { reason: `\`${name}\` is no time of the clock`, hint: USUAL };
  return {
    reason: `\`${name}\` hides the time`,
    hint: `Write \`${written}\`, or better a time at which not everybody starts.`,
  };
}

const zoned = (text: string): CronFault | undefined =>
  /^(CRON_)?TZ=/.test(text.trim())
    ? {
        reason: 'a time zone cannot stand in it',
        hint: `Write the hour in UTC, in which schedules are read: \`${text.trim().replace(/^\S+\s*/, '')}\` without the zone.`,
      }
    : undefined;

function seconds(text: string): CronFault | undefined {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 6 || !parseCron(parts.slice(1).join(' ')).ok) return undefined;
  const reason = 'it has 6 fields instead of five (minute, hour, day of month, month, day of week)';
  return { reason, hint: `Write it without seconds: \`${parts.slice(1).join(' ')}\`.` };
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Kubernetes counts Sunday as 0 only, so 7 and ranges that end on Sunday need another form. */
function sunday(text: string): CronFault | undefined {
  const parts = text.trim().split(/\s+/);
  const [written = ''] = parts.slice(4);
  const [, from = '', to = ''] = /^(\w+)-(7|0|sun)$/i.exec(written) ?? [];
  const start = Math.max(
    DAYS.indexOf(from.toLowerCase()),
    DAYS.findIndex((_, day) => String(day) === from),
  );
  const isNamed = DAYS.includes(from.toLowerCase());
  const name = (day: number): string => (isNamed ? (DAYS[day] ?? '') : String(day));
  const range = to === '' || start < 1 ? undefined : [...DAYS.keys()].slice(start).concat(0).map(name).join(',');
  const meant = range ?? written.replace(/(?<![\w/])7(?!\w)/g, '0');
  const better = [...parts.slice(0, 4), meant].join(' ');
  if (parts.length !== 5 || meant === written || !parseCron(better).ok) return undefined;
  return {
    reason: `\`${written}\` is no day of week, because Sunday is 0 and begins the week`,
    hint: `Write \`${better}\`.`,
  };
}
