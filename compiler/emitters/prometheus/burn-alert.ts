/**
 * The alert of one pair of windows: the budget of an objective burns too fast.
 */
import {
  complement,
  formatDecimal,
  formatDuration,
  formatPercent,
  formatPrometheusDuration,
  inSeconds,
  type Milliseconds,
  milliseconds,
  ratio,
} from '../../../schemas/units/index.ts';
import { burnWait, pageSeverity } from '../../derive/observability/alert-times.ts';
import type { BurnPair } from '../../derive/observability/burn-rates.ts';
import { errorRatio, RECORDED } from '../../derive/observability/recorded-series.ts';
import { binary, num, type PromExpr, select } from '../../printers/promql.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import { isAtLeast } from '../../versions.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import { type ObjectiveSubject, summed } from './objective-subject.ts';
import { alerting, type RuleDraft } from './rule.ts';

/** Failures within the long window below which nobody is told: fewer are chance, whatever share they are of little traffic. */
const MINIMUM_FAILURES = 5;

export function burnAlert(subject: ObjectiveSubject, pair: BurnPair): RuleDraft {
  const { model, service, objective, labels } = subject;
  const severity = pair.urgency === 'page' ? pageSeverity(model, service.tier) : 'warning';
  const alert = 'ErrorBudgetBurn';
  return alerting({
    name: alert,
    expr: burnCondition(subject, pair),
    for: burnWait(pair, subject.interval),
    ...keepFiring(model, pair),
    labels: {
      ...alertLabels(model, severity, service.owner),
      ...labels,
      burn_rate: formatDecimal(pair.factor),
      long: formatPrometheusDuration(pair.long),
      short: formatPrometheusDuration(pair.short),
    },
    annotations: alertAnnotations(model, { alert, ...burnText(service, objective, pair) }),
    origin: objective.origin.of('target'),
  });
}

/** The long window tells that it matters, the short one that it still goes on. */
function burnCondition({ recorded, interval }: ObjectiveSubject, { long, short, threshold }: BurnPair): PromExpr {
  const above = (window: Milliseconds): PromExpr => binary('>', select(errorRatio(window), recorded), num(threshold));
  const failures = binary('*', summed(RECORDED.errors, recorded, long), num(inSeconds(interval)));
  return binary('and', binary('and', above(long), above(short)), binary('>=', failures, num(MINIMUM_FAILURES)));
}

/** Bridges a short gap in a page, so that one outage is one notification. Prometheus knows it since 2.42. */
const keepFiring = (model: Model, { urgency }: BurnPair): { readonly keepFiringFor?: Milliseconds } =>
  urgency === 'page' && isAtLeast(model.system.versions.prometheus, '2.42')
    ? { keepFiringFor: milliseconds(300_000) }
    : {};

function burnText(service: ServiceModel, objective: ObjectiveModel, pair: BurnPair) {
  const words = wordsOf(objective, pair);
  const isLatency = objective.kind === 'latency';
  const bad = isLatency ? `took longer than ${formatDuration(objective.within)}` : 'failed';
  return {
    summary: `${service.name}: too many requests ${isLatency ? 'are slow' : 'fail'} for objective ${objective.name}`,
    description: `{{ $value | humanizePercentage }} of the requests ${whereOf(objective)}${bad} over the last ${words.long}, and the last ${words.short} are no better. ${words.promise}`,
  };
}

const whereOf = ({ route }: ObjectiveModel): string =>
  route === undefined ? '' : `to route ${route.slice(route.indexOf('/') + 1)} `;

interface PairWords {
  readonly long: string;
  readonly short: string;
  readonly promise: string;
}

function wordsOf({ target, window }: ObjectiveModel, pair: BurnPair): PairWords {
  const known = wordsOfPairs.get(pair);
  if (known !== undefined) return known;
  const [long, short] = [formatDuration(pair.long), formatDuration(pair.short)];
  const allowed = `The objective ${formatPercent(target)} allows ${formatPercent(complement(target))} over ${formatDuration(window)}`;
  const speed = `at ${formatDecimal(pair.factor)} times that, ${formatPercent(ratio(pair.budgetShare))} of the budget goes in ${long}`;
  const words = { long, short, promise: `${allowed}; ${speed} and all of it in ${exhaustion(window, pair)}.` };
  wordsOfPairs.set(pair, words);
  return words;
}

/** A pair is made once for a target and a window, and most objectives of a system have the same ones. */
const wordsOfPairs = new WeakMap<BurnPair, PairWords>();

/** To the hour, rounded down: nobody should count on more. */
const exhaustion = (window: Milliseconds, { factor }: BurnPair): string =>
  formatDuration(milliseconds(Math.max(1, Math.floor(window / factor / 3_600_000)) * 3_600_000));
