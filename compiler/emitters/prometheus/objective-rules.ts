/**
 * The rules of one objective: what is counted, how fast the budget burns, and who is told.
 *
 * Invariants: no recorded ratio is ever NaN, since nothing is divided by zero; a quiet night is no failure; one failure in a quiet
 * night is no page; a signal that is lost is said. The README derives each shape.
 */
import {
  complement,
  exactDecimal,
  formatDecimal,
  formatDuration,
  formatPercent,
  formatPrometheusDuration,
  inSeconds,
  type Milliseconds,
  milliseconds,
} from '../../../schemas/units/index.ts';
import { type BurnPair, burnPairs } from '../../observability/burn-rates.ts';
import {
  failureRate,
  failureRatio,
  type HttpSignals,
  httpSignals,
  requestRate,
  slowRate,
  slowRatio,
  timedRate,
} from '../../observability/http-signals.ts';
import {
  BASE_WINDOW,
  errorRatio,
  matchersFor,
  objectiveLabels,
  RECORDED,
} from '../../observability/recorded-series.ts';
import { jobMatchers } from '../../observability/scrape-targets.ts';
import { binary, call, type Matcher, num, over, type PromExpr, ratioOf, select } from '../../printers/promql.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
import { alertAnnotations, alertLabels, pageSeverity } from './alert-text.ts';
import { alerting, type GroupDraft, type Labels, type RuleDraft, recording } from './rule.ts';

/** What the rules of one objective share. */
interface Subject {
  readonly model: Model;
  readonly service: ServiceModel;
  readonly objective: ObjectiveModel;
  readonly signals: HttpSignals;
  readonly labels: Labels;
  /** Selects what is recorded for this objective. */
  readonly recorded: readonly Matcher[];
  readonly interval: Milliseconds;
}

/** From this length on a window adds up recorded samples: one series instead of all, and weighted by requests. */
const DERIVED_FROM: Milliseconds = milliseconds(2 * 3_600_000);
/** The whole budget moves slowly, and adding it up is the dearest query here. */
const BUDGET_INTERVAL: Milliseconds = milliseconds(300_000);
/** Failures within the long window below which nobody is told: fewer are chance, whatever share they are of little traffic. */
export const MINIMUM_FAILURES = 5;

/** The groups of an objective; none where nobody measures what it promises. */
export function objectiveGroups(model: Model, service: ServiceModel, objective: ObjectiveModel): readonly GroupDraft[] {
  const signals = httpSignals(model, service, objective.route);
  if (signals === undefined) return [];
  const labels = objectiveLabels(model, service, objective);
  const interval = evaluationInterval(model);
  const subject = { model, service, objective, signals, labels, recorded: matchersFor(labels), interval };
  const name = `slo-${service.name}-${objective.name}`;
  const pairs = burnPairs(objective);
  const origin = objective.origin.self;
  return [
    {
      name,
      interval,
      rules: [...baseRules(subject), ...ratioRules(subject, pairs), ...alertRules(subject, pairs)],
      origin,
      claims: claimsOf(subject, pairs),
    },
    { name: `${name}-budget`, interval: BUDGET_INTERVAL, rules: budgetRules(subject), origin, claims: [] },
  ];
}

/** As often as there are new samples, within reason. */
export const evaluationInterval = (model: Model): Milliseconds =>
  milliseconds(Math.min(60_000, Math.max(15_000, model.system.monitoring.scrapeInterval)));

function baseRules({ objective, signals, labels }: Subject): readonly RuleDraft[] {
  const range = formatPrometheusDuration(BASE_WINDOW);
  const origin = objective.origin.self;
  const isLatency = objective.kind === 'latency';
  const requests = isLatency ? timedRate(signals, range) : requestRate(signals, range);
  const errors = isLatency ? slowRate(signals, objective.within, range) : failureRate(signals, range);
  return [
    recording(RECORDED.requests, requests, labels, origin),
    recording(RECORDED.errors, errors, labels, isLatency ? objective.origin.of('within') : origin),
  ];
}

function ratioRules(subject: Subject, pairs: readonly BurnPair[]): readonly RuleDraft[] {
  const windows = new Set([BASE_WINDOW, ...pairs.flatMap(({ long, short }) => [long, short])]);
  return [...windows]
    .sort((a, b) => a - b)
    .map((window) =>
      recording(errorRatio(window), ratioOver(subject, window), subject.labels, subject.objective.origin.self),
    );
}

function ratioOver({ objective, signals, recorded }: Subject, window: Milliseconds): PromExpr {
  if (window === BASE_WINDOW) return ratioOf(select(RECORDED.errors, recorded), select(RECORDED.requests, recorded));
  if (window >= DERIVED_FROM) return derivedRatio(recorded, window);
  const range = formatPrometheusDuration(window);
  return objective.kind === 'latency' ? slowRatio(signals, objective.within, range) : failureRatio(signals, range);
}

const derivedRatio = (recorded: readonly Matcher[], window: Milliseconds): PromExpr =>
  ratioOf(summed(RECORDED.errors, recorded, window), summed(RECORDED.requests, recorded, window));

const summed = (metric: string, recorded: readonly Matcher[], window: Milliseconds): PromExpr =>
  call('sum_over_time', over(metric, recorded, formatPrometheusDuration(window)));

function budgetRules({ objective, labels, recorded }: Subject): readonly RuleDraft[] {
  const { target, window, origin } = objective;
  const spent = binary('/', select(RECORDED.periodErrorRatio, recorded), num(complement(target)));
  return [
    recording(RECORDED.objective, call('vector', num(target)), labels, origin.of('target')),
    recording(RECORDED.periodErrorRatio, derivedRatio(recorded, window), labels, origin.of('window')),
    recording(RECORDED.budgetRemaining, binary('-', num(1), spent), labels, origin.of('target')),
  ];
}

const alertRules = (subject: Subject, pairs: readonly BurnPair[]): readonly RuleDraft[] => [
  ...pairs.map((pair) => burnAlert(subject, pair)),
  signalLostAlert(subject),
];

function burnAlert(subject: Subject, pair: BurnPair): RuleDraft {
  const { model, service, objective, labels } = subject;
  const severity = pair.urgency === 'page' ? pageSeverity(model, service.tier) : 'warning';
  const alert = 'ErrorBudgetBurn';
  return alerting({
    name: alert,
    expr: burnCondition(subject, pair),
    for: milliseconds(Math.max(pair.for, 2 * subject.interval)),
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
function burnCondition({ recorded, interval }: Subject, { long, short, threshold }: BurnPair): PromExpr {
  const above = (window: Milliseconds): PromExpr => binary('>', select(errorRatio(window), recorded), num(threshold));
  const failures = binary('*', summed(RECORDED.errors, recorded, long), num(inSeconds(interval)));
  return binary('and', binary('and', above(long), above(short)), binary('>=', failures, num(MINIMUM_FAILURES)));
}

/** Bridges a short gap in a page, so that one outage is one notification. Prometheus knows it since 2.42. */
const keepFiring = (model: Model, { urgency }: BurnPair): { readonly keepFiringFor?: Milliseconds } =>
  urgency === 'page' && isAtLeast(model.system.versions.prometheus, [2, 42])
    ? { keepFiringFor: milliseconds(300_000) }
    : {};

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [have = 0, haveMinor = 0] = version.split('.').map(Number);
  return have > major || (have === major && haveMinor >= minor);
}

function burnText(service: ServiceModel, objective: ObjectiveModel, pair: BurnPair) {
  const [long, short, window] = [pair.long, pair.short, objective.window].map(formatDuration);
  const bad = objective.kind === 'latency' ? `took longer than ${formatDuration(objective.within)}` : 'failed';
  const gone = formatPercent(pair.budgetShare as ObjectiveModel['target']);
  return {
    summary: `${service.name}: too many requests ${bad === 'failed' ? 'fail' : 'are slow'} for objective ${objective.name}`,
    description: `{{ $value | humanizePercentage }} of the requests ${whereOf(objective)}${bad} over the last ${long}, and the last ${short} are no better. The objective ${formatPercent(objective.target)} allows ${formatPercent(complement(objective.target))} over ${window}; at ${formatDecimal(pair.factor)} times that, ${gone} of the budget goes in ${long} and all of it in ${exhaustion(objective, pair)}.`,
  };
}

const whereOf = ({ route }: ObjectiveModel): string =>
  route === undefined ? '' : `to route ${route.slice(route.indexOf('/') + 1)} `;

/** To the hour, rounded down: nobody should count on more. */
const exhaustion = ({ window }: ObjectiveModel, { factor }: BurnPair): string =>
  formatDuration(milliseconds(Math.max(1, Math.floor(window / factor / 3_600_000)) * 3_600_000));

/**
 * Says that the objective is blind: nothing is recorded and nobody who could be measured answers. A ticket, since the page is the alert of
 * the target that is down, and one page is enough. A quiet restart is not meant: then the target answers.
 */
function signalLostAlert(subject: Subject): RuleDraft {
  const { model, service, objective, signals, labels, recorded } = subject;
  const alert = 'ObjectiveSignalLost';
  const jobs = signals.jobs.join(', ');
  const answers = binary('==', select('up', jobMatchers(model, signals.jobs)), num(1));
  const lost = binary('and', call('absent', select(RECORDED.requests, recorded)), call('absent', answers), []);
  return alerting({
    name: alert,
    expr: canMissBucket(subject)
      ? binary('or', lost, binary('unless', select(RECORDED.requests, recorded), select(RECORDED.errors, recorded)))
      : lost,
    for: milliseconds(Math.max(600_000, 2 * subject.interval)),
    labels: { ...alertLabels(model, 'warning', service.owner), ...labels },
    annotations: alertAnnotations(model, {
      alert,
      summary: `${service.name}: objective ${objective.name} is not measured any more`,
      description: `Nothing has been recorded for objective ${objective.name} for 10m, and Prometheus gets no answer from ${jobs}. Until it does, no burn of this budget can be seen.`,
    }),
    origin: objective.origin.self,
  });
}

/** The runtime has a bound at every threshold; what buckets a service has is its own affair. */
const canMissBucket = ({ service, objective }: Subject): boolean =>
  objective.kind === 'latency' && service.metrics.http.kind === 'own';

function claimsOf({ service, objective, signals }: Subject, pairs: readonly BurnPair[]): readonly Claim[] {
  const subject = `service/${service.name}`;
  const measured: Claim = {
    control: 'observability/objective',
    subject,
    parameters: {
      objective: objective.name,
      kind: objective.kind,
      target: formatPercent(objective.target),
      window: formatDuration(objective.window),
      ...(objective.kind === 'latency'
        ? { within: formatDuration(objective.within), metric: signals.duration }
        : { metric: signals.requests }),
    },
  };
  const told = pairs.map(
    ({ long, short, factor, threshold, urgency }): Claim => ({
      control: 'alerts/burn-rate',
      subject,
      parameters: {
        objective: objective.name,
        long: formatDuration(long),
        short: formatDuration(short),
        factor: exactDecimal(factor),
        threshold,
        urgency,
      },
    }),
  );
  return [measured, ...told];
}
