/**
 * The series that our own rules record, and the labels that tell objectives apart.
 *
 * Owns their names, so that rules, dashboards and analyses of rollouts read the same ones. Windows are part of a name, as in
 * `slo:error_ratio:rate1h`; the window of the whole budget differs between objectives and is called `period`.
 */
import { compareKeys } from '../../../schemas/data/texts.ts';
import { formatPrometheusDuration, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import { equalTo, type Matcher } from '../../printers/promql.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';

/** The window of the base series; long windows add up its samples. */
export const BASE_WINDOW: Milliseconds = milliseconds(300_000);

export const RECORDED = {
  requests: 'slo:requests:rate5m',
  errors: 'slo:errors:rate5m',
  objective: 'slo:objective:ratio',
  periodErrorRatio: 'slo:error_ratio:period',
  budgetRemaining: 'slo:error_budget:remaining',
} as const;

export const errorRatio = (window: Milliseconds): string => `slo:error_ratio:rate${formatPrometheusDuration(window)}`;

/** Targets of which a newborn series is believed; `growth.ts` says when. */
export const watched = (window: Milliseconds): string => `slo:watched:${formatPrometheusDuration(window)}`;

/** From this length on a window adds up recorded samples: one series instead of all, and weighted by requests. */
export const DERIVED_FROM: Milliseconds = milliseconds(2 * 3_600_000);

/** The windows that are worked out from the series themselves. */
export const rawWindows = (windows: Iterable<Milliseconds>): readonly Milliseconds[] =>
  [...new Set([BASE_WINDOW, ...windows])].filter((window) => window < DERIVED_FROM).sort((a, b) => a - b);

/** Labels of everything that is recorded or raised for a service; where they came from is aggregated away. */
export const serviceLabels = (model: Model, service: string): Readonly<Record<string, string>> => ({
  environment: model.environment.name,
  service,
  system: model.system.name,
});

export const objectiveLabels = (
  model: Model,
  service: ServiceModel,
  objective: ObjectiveModel,
): Readonly<Record<string, string>> => ({ ...serviceLabels(model, service.name), slo: objective.name });

/** Selects exactly what carries these labels. */
export const matchersFor = (labels: Readonly<Record<string, string>>): readonly Matcher[] =>
  Object.entries(labels)
    .sort(compareKeys)
    .map(([label, value]) => equalTo(label, value));
