/**
 * Holds compiled rules against the grammar of Prometheus, and dashboards against that of Grafana.
 */

import type { TargetGrammar } from '../../../schemas/targets/grammar.ts';
import { HOSTS } from '../../../schemas/targets/hosts.ts';
import { PROMETHEUS } from '../../../schemas/targets/prometheus.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval?: string; readonly rules: readonly Rule[] }[];
}

/** Everything that promtool would refuse, in words. */
export function holdRules({ groups }: RuleFile): readonly string[] {
  const names = groups.map(({ name }) => name);
  const twice = names
    .filter((name, index) => names.indexOf(name) !== index)
    .map((name) => `two groups are called ${name}`);
  return [
    ...twice,
    ...groups.flatMap(({ interval, rules }) => [
      ...judge('interval', PROMETHEUS.duration, interval),
      ...rules.flatMap(holdRule),
    ]),
  ];
}

const holdRule = (rule: Rule): string[] => [
  ...judge('alert', PROMETHEUS.alertName, rule.alert),
  ...judge('record', PROMETHEUS.metricName, rule.record),
  ...judge('for', PROMETHEUS.duration, rule.for),
  ...Object.keys({ ...rule.labels, ...rule.annotations }).flatMap((key) => judge('label', PROMETHEUS.labelName, key)),
];

export const holdDashboard = (dashboard: { readonly uid?: string }): readonly string[] =>
  judge('uid', HOSTS.dashboard, dashboard.uid);

const judge = (place: string, grammar: TargetGrammar, text: string | undefined): string[] =>
  text === undefined || grammar.accepts(text) ? [] : [`${place} is ${JSON.stringify(text)}, no ${grammar.name}`];
