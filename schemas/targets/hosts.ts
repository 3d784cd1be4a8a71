/**
 * What hosts and dashboards take: units of systemd, schedules, identifiers of Grafana.
 */
import { byPattern, type TargetGrammar } from './grammar.ts';

const FIELDS: readonly (readonly [low: number, high: number, names: string])[] = [
  [0, 59, ''],
  [0, 23, ''],
  [1, 31, ''],
  [1, 12, 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec'],
  [0, 6, 'sun|mon|tue|wed|thu|fri|sat'],
];

/** `*`, `5`, `1-5`, each with an optional step: what the parser of Kubernetes takes, by its own bounds. */
function isField(text: string, [low, high, names]: (typeof FIELDS)[number]): boolean {
  return text.split(',').every((part) => {
    const [, from = '', to, step] = /^(\*|\?|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/([0-9]+))?$/i.exec(part) ?? [];
    const numberOf = (word: string): number => {
      const named = names === '' ? -1 : names.split('|').indexOf(word.toLowerCase());
      return named >= 0 ? named + low : /^\d+$/.test(word) ? Number(word) : -1;
    };
    if (step === '0') return false;
    if (from === '*' || from === '?') return to === undefined;
    const start = numberOf(from);
    const end = to === undefined ? start : numberOf(to);
    return start >= low && end <= high && start <= end;
  });
}

const cron: TargetGrammar = {
  name: 'schedule of a CronJob',
  source: 'robfig/cron v3: parser.go',
  accepts: (text) => {
    const parts = text.trim().split(/\s+/);
    return parts.length === 5 && FIELDS.every((field, index) => isField(parts[index] ?? '', field));
  },
};

export const HOSTS = {
  cron,
  unit: byPattern('systemd unit', 'systemd.unit(5)', /^[A-Za-z0-9:_.\\-]+$/, 247),
  timeSpan: byPattern('systemd time span', 'systemd.time(7)', /^(\d+(\.\d+)?(ms|s|m|h|d|w))+$/),
  dashboard: byPattern('uid of a dashboard', 'grafana: pkg/util/shortid_generator.go', /^[A-Za-z0-9_-]+$/, 40),
} as const;
