/**
 * The first question of everybody: are the promises kept, and what burns?
 */

import { milliseconds } from '../../../schemas/units/index.ts';
import { burnPairs } from '../../derive/observability/burn-rates.ts';
import { httpSignals } from '../../derive/observability/http-signals.ts';
import { errorRatio, matchersFor, RECORDED } from '../../derive/observability/recorded-series.ts';
import { aggregate, binary, equalTo, num, type PromExpr, select } from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { COLORS, type PanelDraft, type RowDraft, type Step, table, timeseries } from './panel.ts';

const HOUR = 3_600_000;
const BUDGET_STEPS: readonly Step[] = [
  { color: COLORS.bad, value: null },
  { color: COLORS.warn, value: 0 },
  { color: COLORS.good, value: 0.25 },
];
const BY = ['service', 'slo'] as const;

/** None where no objective is measured: then the alerts that fire stand alone. */
export function objectivesRow(model: Model): RowDraft {
  const measured = model.services.flatMap((service) =>
    service.objectives.filter((objective) => httpSignals(model, service, objective.route) !== undefined),
  );
  const alerts = firingAlerts(model, measured.length);
  if (measured.length === 0) return { title: 'Alerts', collapsed: false, panels: [alerts] };
  return {
    title: 'Objectives',
    collapsed: false,
    panels: [objectivesTable(model, measured.length), alerts, burnRates(model), budgets(model)],
  };
}

const heightFor = (rows: number): number => Math.min(16, Math.max(6, rows + 3));

function objectivesTable(model: Model, rows: number): PanelDraft {
  const best = (expr: PromExpr): PromExpr => aggregate('max', expr, BY);
  return table({
    title: 'Objectives',
    description:
      'Each objective, how it is kept over its own window, what is left of its budget, and how fast the budget burns: 1 uses it up exactly at the end of the window.',
    width: 16,
    height: heightFor(rows),
    labels: { service: 'Service', slo: 'Objective' },
    columns: [
      { title: 'Target', expr: best(recorded(model, RECORDED.objective)), unit: 'percentunit', decimals: 3 },
      {
        title: 'Kept',
        expr: best(binary('-', num(1), recorded(model, RECORDED.periodErrorRatio))),
        unit: 'percentunit',
        decimals: 3,
      },
      {
        title: 'Budget left',
        expr: best(recorded(model, RECORDED.budgetRemaining)),
        unit: 'percentunit',
        decimals: 1,
        steps: BUDGET_STEPS,
      },
      { title: 'Burn 1h', expr: burn(model, HOUR), unit: 'short', decimals: 1, steps: burnSteps(model, HOUR) },
      { title: 'Burn 6h', expr: burn(model, 6 * HOUR), unit: 'short', decimals: 1, steps: burnSteps(model, 6 * HOUR) },
    ],
  });
}

const firingAlerts = (model: Model, rows: number): PanelDraft =>
  table({
    title: 'Firing alerts',
    description: 'What Prometheus is firing now. Empty is good.',
    width: rows === 0 ? 24 : 8,
    height: heightFor(rows),
    labels: { alertname: 'Alert', service: 'Service', severity: 'Severity', slo: 'Objective' },
    columns: [
      {
        title: 'Series',
        expr: aggregate('count', select('ALERTS', [equalTo('alertstate', 'firing'), ...systemMatchers(model)]), [
          'severity',
          'alertname',
          'service',
          'slo',
        ]),
        unit: 'none',
        hidden: true,
      },
    ],
  });

const burnRates = (model: Model): PanelDraft =>
  timeseries({
    title: 'Burn rate over 1h',
    description:
      'How many times faster than sustainable each budget burns: 1 uses it up at the end of its window, the red line pages.',
    unit: 'short',
    min: 0,
    width: 12,
    queries: [{ expr: burn(model, HOUR), legend: '{{service}} {{slo}}' }],
    lines: burnSteps(model, HOUR),
  });

const budgets = (model: Model): PanelDraft =>
  timeseries({
    title: 'Budget left',
    description: 'The share of each error budget that is left of its window. Below zero the objective is broken.',
    unit: 'percentunit',
    max: 1,
    width: 12,
    queries: [{ expr: aggregate('max', recorded(model, RECORDED.budgetRemaining), BY), legend: '{{service}} {{slo}}' }],
    lines: BUDGET_STEPS,
  });

/** 1 uses the budget up exactly at the end of its window. Red is where the first objective pages over these hours: 14.4 and 6 for 30 days. */
function burnSteps(model: Model, windowMs: number): readonly Step[] {
  const pages = model.services
    .flatMap(({ objectives }) => objectives.flatMap(burnPairs))
    .filter(({ long, urgency }) => long === windowMs && urgency === 'page')
    .map(({ factor }) => factor);
  return [
    { color: COLORS.good, value: null },
    { color: COLORS.warn, value: 1 },
    ...(pages.length === 0 ? [] : [{ color: COLORS.bad, value: Math.max(Math.min(...pages), 1.1) }]),
  ];
}

function burn(model: Model, windowMs: number): PromExpr {
  const budget = binary('-', num(1), recorded(model, RECORDED.objective));
  return aggregate('max', binary('/', recorded(model, errorRatio(milliseconds(windowMs))), budget), BY);
}

const recorded = (model: Model, series: string): PromExpr => select(series, systemMatchers(model));

export const systemMatchers = (model: Model) =>
  matchersFor({ environment: model.environment.name, system: model.system.name });
