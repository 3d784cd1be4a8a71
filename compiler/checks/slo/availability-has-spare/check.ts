/**
 * slo/availability-has-spare
 *
 * Owns one claim: what promises availability does not hang on a single replica that may be away longer than the budget. The assumption is
 * written into the finding: a single replica is lost once a day, by a node, a drain, a crash or a start that takes its time.
 */
import { DAY_MS } from '../../../../schemas/units/duration.ts';
import { complement, formatDuration, formatPercent, milliseconds } from '../../../../schemas/units/index.ts';
import { containerServices, wants } from '../../../derive/kubernetes-scope.ts';
import type { Model, ObjectiveModel, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

/** `default-not-ready-toleration-seconds` of Kubernetes: how long a pod is left on a node that is gone. */
const EVICTION_MS = 300_000;

export const availabilityHasSpare: Check = {
  id: 'slo/availability-has-spare',
  code: 'SW-474',
  severity: 'warning',
  title: 'A promise of availability hangs on one replica',
  why: 'While the only replica is replaced nobody answers, and each such time is taken from the budget.',
  hint: 'Run at least two replicas (`scale.min: 2`), or promise less.',
  run: (model) => {
    if (model.environment.stage === 'development') return [];
    return model.services.flatMap((service) =>
      service.objectives.flatMap((objective) =>
        objective.kind === 'availability' ? findingsOf(model, service, objective) : [],
      ),
    );
  },
};

/** The gateway in front answers for the service too: what it drops is counted against the objective. */
function findingsOf(model: Model, service: ServiceModel, objective: ObjectiveModel): Finding[] {
  const gateways =
    service.metrics.http.kind === 'runtime' ? model.services.filter(({ role }) => role === 'gateway') : [];
  return [service, ...gateways].flatMap((single) => {
    if (replicasOf(single) > 1) return [];
    const away = milliseconds((isInCluster(model, single) ? EVICTION_MS : 0) + (single.probes?.startWithin ?? 0));
    const days = objective.window / DAY_MS;
    const lost = milliseconds(days * away);
    const budget = milliseconds(Math.round(complement(objective.target) * objective.window));
    if (lost <= budget) return [];
    const steps = isInCluster(model, single)
      ? `${formatDuration(milliseconds(EVICTION_MS))} until Kubernetes gives up a lost node + `
      : '';
    return [
      {
        at: objective.origin.of('target'),
        message: `objective \`${objective.name}\` promises ${formatPercent(objective.target)} of \`${service.name}\`, but \`${single.name}\` runs with one replica in ${model.environment.name}`,
        arithmetic: [
          `${steps}${formatDuration(milliseconds(single.probes?.startWithin ?? 0))} to start = ${formatDuration(away)}`,
          `lost once a day: ${days} x ${formatDuration(away)} = ${formatDuration(lost)} > ${formatDuration(budget)}, the budget of ${formatDuration(objective.window)}`,
        ],
        related: [{ at: single.scale.origin.of('min'), note: 'the number of replicas is set here' }],
      },
    ];
  });
}

/** On a host the processes are the replicas. */
const replicasOf = ({ scale, process }: ServiceModel): number => Math.max(scale.min, process?.instances ?? 1);

const isInCluster = (model: Model, service: ServiceModel): boolean =>
  wants(model, 'kubernetes') && containerServices(model).some(({ name }) => name === service.name);
