/**
 * Objectives, alerts and the metric contract.
 */
import type { Milliseconds, Rate, Ratio } from '../../../schemas/units/index.ts';
import type { ModelNode } from './origin.ts';

export type ObjectiveModel = ModelNode & {
  /** Unique in the service. */
  readonly name: string;
  /** The share that must be good: answered, or answered in time. */
  readonly target: Ratio;
  /** The period the error budget is for. */
  readonly window: Milliseconds;
  /** Id of the route it is about; undefined for the whole service. */
  readonly route: string | undefined;
} & (
    | { readonly kind: 'availability' }
    /** Good means within this time. The runtime has a histogram bound at exactly this value. */
    | { readonly kind: 'latency'; readonly within: Milliseconds }
  );

/** `critical` wakes somebody, `warning` becomes a ticket, `info` is only seen on dashboards. */
export type AlertSeverity = 'critical' | 'warning' | 'info';

export interface AlertModel extends ModelNode {
  /** Upper camel case, unique in the system. */
  readonly name: string;
  readonly severity: AlertSeverity;
  /** How long the condition must hold. */
  readonly for: Milliseconds;
  readonly summary: string | undefined;
  /** Address or repository path of the runbook. */
  readonly runbook: string | undefined;
  readonly when: AlertCondition;
}

export type AlertCondition =
  /** Share of requests answered 5xx; silent below `minimumRate`, where one failure would be a large share. */
  | {
      readonly kind: 'error-ratio';
      readonly above: Ratio;
      readonly over: Milliseconds;
      readonly minimumRate: Rate | undefined;
    }
  | { readonly kind: 'latency'; readonly quantile: Ratio; readonly above: Milliseconds; readonly over: Milliseconds }
  /** A gauge compared with a number, after `aggregate` over everything but the labels `by`. */
  | {
      readonly kind: 'threshold';
      readonly metric: string;
      readonly matching: Readonly<Record<string, string>>;
      readonly aggregate: 'max' | 'min' | 'sum' | 'avg';
      readonly by: readonly string[];
      readonly comparison: 'above' | 'below' | 'equals';
      readonly value: number;
    }
  /** Growth of a counter within `over`, also when the series is born inside that time. */
  | {
      readonly kind: 'increase';
      readonly metric: string;
      readonly matching: Readonly<Record<string, string>>;
      readonly above: number;
      readonly over: Milliseconds;
    }
  /** A series that should exist does not. */
  | { readonly kind: 'absent'; readonly metric: string; readonly matching: Readonly<Record<string, string>> };

export interface MetricModel extends ModelNode {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Label names with their allowed values; an empty list allows any value. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}
