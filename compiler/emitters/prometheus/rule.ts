/**
 * Drafts of rules: what Prometheus will read, each beside the value of the spec that asked for it.
 */
import { formatPrometheusDuration, type Milliseconds } from '../../../schemas/units/index.ts';
import { type PromExpr, printPromql } from '../../printers/promql.ts';
import type { Origin } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';

export type Labels = Readonly<Record<string, string>>;

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Labels;
}

export interface AlertingRule {
  readonly alert: string;
  readonly annotations: Labels;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels: Labels;
}

export interface RuleDraft {
  readonly rule: RecordingRule | AlertingRule;
  readonly origin: Origin;
}

export interface GroupDraft {
  readonly name: string;
  readonly interval: Milliseconds;
  readonly rules: readonly RuleDraft[];
  readonly origin: Origin;
  readonly claims: readonly Claim[];
}

export const recording = (record: string, expr: PromExpr, labels: Labels, origin: Origin): RuleDraft => ({
  rule: { record, expr: printPromql(expr), labels },
  origin,
});

export interface AlertOptions {
  readonly name: string;
  readonly expr: PromExpr;
  readonly for: Milliseconds;
  readonly keepFiringFor?: Milliseconds;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly origin: Origin;
}

/** A `for` of zero is Prometheus' own default and stays unwritten. */
export const alerting = ({
  name,
  expr,
  keepFiringFor,
  labels,
  annotations,
  origin,
  ...options
}: AlertOptions): RuleDraft => ({
  rule: {
    alert: name,
    annotations,
    expr: printPromql(expr),
    ...(options.for === 0 ? {} : { for: formatPrometheusDuration(options.for) }),
    ...(keepFiringFor === undefined ? {} : { keep_firing_for: formatPrometheusDuration(keepFiringFor) }),
    labels,
  },
  origin,
});
