/**
 * workload/fits-kubernetes
 *
 * Owns one claim: the names and figures of a service can be said in Kubernetes as they are, so that nothing is refused by the API server
 * and nothing is rounded on the way. Relies on the grammars in `schemas/targets/`; what every target takes is the schema's business.
 */
import { KUBERNETES } from '../../../../schemas/targets/kubernetes.ts';
import { formatDuration, type Milliseconds, milliseconds } from '../../../../schemas/units/index.ts';
import type { Model, Origin, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const fitsKubernetes: Check = {
  id: 'workload/fits-kubernetes',
  code: 'SW-462',
  severity: 'error',
  title: 'A name or figure does not fit Kubernetes',
  why: 'The API server refuses it, or would get another figure than the spec says.',
  hint: 'Write a name or figure that Kubernetes takes as it is.',
  run: (model) => (model.system.targets.wanted.includes('kubernetes') ? findingsOf(model) : []),
};

const findingsOf = ({ services, datastores, environment }: Model): Finding[] => [
  ...services.flatMap((service) => [...serviceName(service), ...wholeSeconds(service)]),
  ...datastores.flatMap(({ name, backup }) =>
    backup === undefined
      ? []
      : seconds(`the longest run of the backup of \`${name}\``, backup.duration, backup.origin.of('duration')),
  ),
  ...(KUBERNETES.label.accepts(environment.namespace)
    ? []
    : [
        {
          at: environment.origin.of('namespace'),
          message: `namespace \`${environment.namespace}\` has ${environment.namespace.length} characters, and 63 is the most`,
          hint: 'Write `namespace: <a shorter name>` in the environment.',
        },
      ]),
];

/** A workload without ports has no Service object, and its other objects take a digit. */
function serviceName({ name, port, ports, metrics, origin }: ServiceModel): Finding[] {
  const hasService = port !== undefined || ports.length > 0 || metrics.port !== undefined;
  if (!hasService || KUBERNETES.service.accepts(name)) return [];
  const message = `\`${name}\` begins with a digit, and the name of a Service in Kubernetes begins with a letter (RFC 1035)`;
  return [{ at: origin.self, message, hint: `Write a name such as \`${suggestion(name)}\`.` }];
}

const suggestion = (name: string): string => {
  const [, digits = '', rest = ''] = /^(\d+)-*(.*)$/.exec(name) ?? [];
  return rest === '' ? `service-${digits}` : `${rest}-${digits}`.slice(0, 63);
};

function wholeSeconds({ name, probes, shutdown, jobs }: ServiceModel): Finding[] {
  return [
    ...(probes === undefined
      ? []
      : [
          ...seconds(`\`period\` of the probes of \`${name}\``, probes.period, probes.origin.of('period')),
          ...seconds(`\`timeout\` of the probes of \`${name}\``, probes.timeout, probes.origin.of('timeout')),
        ]),
    ...seconds(`\`preStop\` of \`${name}\``, shutdown.preStop, shutdown.origin.of('preStop')),
    // Without a grace period of its own, the one of Kubernetes follows from the drain.
    ...(shutdown.origin.of('grace').kind === 'default'
      ? seconds(`\`drain\` of \`${name}\``, shutdown.drain, shutdown.origin.of('drain'))
      : seconds(`\`grace\` of \`${name}\``, shutdown.grace, shutdown.origin.of('grace'))),
    ...jobs.flatMap((job) => seconds(`\`deadline\` of job \`${job.name}\``, job.deadline, job.origin.of('deadline'))),
  ];
}

function seconds(what: string, value: Milliseconds, at: Origin): Finding[] {
  if (value % 1000 === 0) return [];
  const next = formatDuration(milliseconds(Math.ceil(value / 1000) * 1000));
  const message = `${what} is ${formatDuration(value)}, and Kubernetes counts it in whole seconds`;
  return [{ at, message, hint: `Write whole seconds, such as \`${next}\`.` }];
}
