/**
 * What is recorded for one objective: requests, errors, and the share of errors over each window.
 *
 * Invariants: no recorded ratio is ever NaN, since nothing is divided by zero; a quiet hour leaves a gap. Numerator and denominator are
 * recorded, so long windows are weighted by requests.
 */
import { complement, type Milliseconds } from '../../../schemas/units/index.ts';
import { watchedSince } from '../../derive/observability/growth.ts';
import {
  failureRate,
  failureRatio,
  requestRate,
  slowRate,
  slowRatio,
  timedRate,
} from '../../derive/observability/http-signals.ts';
import {
  BASE_WINDOW,
  DERIVED_FROM,
  errorRatio,
  RECORDED,
  rawWindows,
  watched,
} from '../../derive/observability/recorded-series.ts';
import { binary, call, type Matcher, num, type PromExpr, ratioOf, select } from '../../printers/promql.ts';
import { type ObjectiveSubject, summed } from './objective-subject.ts';
import { type RuleDraft, recording } from './rule.ts';

export const recordingRules = (subject: ObjectiveSubject): readonly RuleDraft[] => [
  ...watchedRules(subject),
  ...countRules(subject),
  ...ratioRules(subject),
];

/** Recorded first, once for each window, for every count after them asks. */
function watchedRules({ objective, signals, labels, pairs }: ObjectiveSubject): readonly RuleDraft[] {
  return rawWindows(pairs.flatMap(({ long, short }) => [long, short])).map((window) =>
    recording(watched(window), watchedSince(signals.targets, window), labels, objective.origin.self),
  );
}

function countRules({ objective, signals, labels }: ObjectiveSubject): readonly RuleDraft[] {
  const origin = objective.origin.self;
  const isLatency = objective.kind === 'latency';
  const requests = isLatency ? timedRate(signals, BASE_WINDOW) : requestRate(signals, BASE_WINDOW);
  const errors = isLatency ? slowRate(signals, objective.within, BASE_WINDOW) : failureRate(signals, BASE_WINDOW);
  return [
    recording(RECORDED.requests, requests, labels, origin),
    recording(RECORDED.errors, errors, labels, isLatency ? objective.origin.of('within') : origin),
  ];
}

function ratioRules(subject: ObjectiveSubject): readonly RuleDraft[] {
  const windows = new Set([BASE_WINDOW, ...subject.pairs.flatMap(({ long, short }) => [long, short])]);
  return [...windows]
    .sort((a, b) => a - b)
    .map((window) =>
      recording(errorRatio(window), ratioOver(subject, window), subject.labels, subject.objective.origin.self),
    );
}

function ratioOver({ objective, signals, recorded }: ObjectiveSubject, window: Milliseconds): PromExpr {
  if (window === BASE_WINDOW) return ratioOf(select(RECORDED.errors, recorded), select(RECORDED.requests, recorded));
  if (window >= DERIVED_FROM) return derivedRatio(recorded, window);
  return objective.kind === 'latency' ? slowRatio(signals, objective.within, window) : failureRatio(signals, window);
}

const derivedRatio = (recorded: readonly Matcher[], window: Milliseconds): PromExpr =>
  ratioOf(summed(RECORDED.errors, recorded, window), summed(RECORDED.requests, recorded, window));

/** The whole budget: what is promised, what was kept, what is left. */
export function budgetRules({ objective, labels, recorded }: ObjectiveSubject): readonly RuleDraft[] {
  const { target, window, origin } = objective;
  const spent = binary('/', select(RECORDED.periodErrorRatio, recorded), num(complement(target)));
  return [
    recording(RECORDED.objective, call('vector', num(target)), labels, origin.of('target')),
    recording(RECORDED.periodErrorRatio, derivedRatio(recorded, window), labels, origin.of('window')),
    recording(RECORDED.budgetRemaining, binary('-', num(1), spent), labels, origin.of('target')),
  ];
}
