/**
 * The groups of one objective: what is recorded and who is told, and the budget beside it.
 *
 * A quiet night is no failure, one failure in a quiet night is no page, and a signal that is lost is said. The README derives each shape.
 */
import { formatDuration, formatPercent, type Milliseconds, milliseconds } from '../../../schemas/units/index.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../resolve/model/index.ts';
import type { Claim } from '../emitter.ts';
import { absenceAlert } from './absence-alert.ts';
import { burnAlert } from './burn-alert.ts';
import { budgetRules, recordingRules } from './objective-recordings.ts';
import { type ObjectiveSubject, objectiveSubject } from './objective-subject.ts';
import type { GroupDraft } from './rule.ts';

/** The whole budget moves slowly, and adding it up is the dearest query here. */
const BUDGET_INTERVAL: Milliseconds = milliseconds(300_000);

/** None where nobody measures what the objective promises. */
export function objectiveGroups(model: Model, service: ServiceModel, objective: ObjectiveModel): readonly GroupDraft[] {
  const subject = objectiveSubject(model, service, objective);
  if (subject === undefined) return [];
  const name = `slo-${service.name}-${objective.name}`;
  const origin = objective.origin.self;
  const alerts = [...subject.pairs.map((pair) => burnAlert(subject, pair)), absenceAlert(subject)];
  return [
    {
      name,
      interval: subject.interval,
      rules: [...recordingRules(subject), ...alerts],
      origin,
      claims: claimsOf(subject),
    },
    { name: `${name}-budget`, interval: BUDGET_INTERVAL, rules: budgetRules(subject), origin, claims: [] },
  ];
}

function claimsOf({ service, objective, signals, pairs }: ObjectiveSubject): readonly Claim[] {
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
        factor,
        threshold,
        urgency,
      },
    }),
  );
  return [measured, ...told];
}
