/**
 * What the rules of one objective share.
 */
import { formatPrometheusDuration, type Milliseconds } from '../../../schemas/units/index.ts';
import { evaluationInterval } from '../../derive/observability/alert-times.ts';
import { type BurnPair, burnPairs } from '../../derive/observability/burn-rates.ts';
import { type HttpSignals, httpSignals } from '../../derive/observability/http-signals.ts';
import { matchersFor, objectiveLabels, watched } from '../../derive/observability/recorded-series.ts';
import { call, type Matcher, over, type PromExpr, select } from '../../printers/promql.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import type { Labels } from './rule.ts';

export interface ObjectiveSubject {
  readonly model: Model;
  readonly service: ServiceModel;
  readonly objective: ObjectiveModel;
  readonly signals: HttpSignals;
  readonly pairs: readonly BurnPair[];
  readonly labels: Labels;
  /** Selects what is recorded for this objective. */
  readonly recorded: readonly Matcher[];
  readonly interval: Milliseconds;
}

/** Undefined where nobody measures what the objective promises. */
export function objectiveSubject(
  model: Model,
  service: ServiceModel,
  objective: ObjectiveModel,
): ObjectiveSubject | undefined {
  const signals = httpSignals(model, service, objective.route);
  if (signals === undefined) return undefined;
  const labels = objectiveLabels(model, service, objective);
  const recorded = matchersFor(labels);
  return {
    model,
    service,
    objective,
    signals: { ...signals, watched: (window) => select(watched(window), recorded) },
    pairs: burnPairs(objective),
    labels,
    recorded,
    interval: evaluationInterval(model),
  };
}

/** The recorded samples of a window, added up. */
export const summed = (metric: string, recorded: readonly Matcher[], window: Milliseconds): PromExpr =>
  call('sum_over_time', over(metric, recorded, formatPrometheusDuration(window)));
