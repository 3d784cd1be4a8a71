/**
 * The alert of an objective that cannot be seen any more.
 */
import { milliseconds } from '../../../schemas/units/index.ts';
import { RECORDED } from '../../derive/observability/recorded-series.ts';
import { jobMatchers } from '../../derive/observability/scrape-targets.ts';
import { binary, call, num, select } from '../../printers/promql.ts';
import { alertAnnotations, alertLabels } from './alert-text.ts';
import type { ObjectiveSubject } from './objective-subject.ts';
import { alerting, type RuleDraft } from './rule.ts';

/**
 * Says that the objective is blind: nothing is recorded and nobody who could be measured answers. A ticket, since the page is the alert of
 * the target that is down, and one page is enough. A quiet restart is not meant: then the target answers.
 */
export function absenceAlert(subject: ObjectiveSubject): RuleDraft {
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
const canMissBucket = ({ service, objective }: ObjectiveSubject): boolean =>
  objective.kind === 'latency' && service.metrics.http.kind === 'own';
