/**
 * workload/kubernetes-answers
 *
 * Owns one claim: what a cluster must know and no compiler can guess is written down: the image and the resources of each service.
 */
import type { ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const kubernetesAnswers: Check = {
  id: 'workload/kubernetes-answers',
  code: 'SW-415',
  severity: 'error',
  title: 'Kubernetes needs an answer that the spec does not give',
  why: 'Without an image nothing can start, and without reserved resources the scheduler puts it anywhere and the node kills it first.',
  hint: 'Write it down; mark it in `undecided` while it is provisional.',
  run: ({ system, services }) => (system.targets.wanted.includes('kubernetes') ? services.flatMap(missingAnswers) : []),
};

function missingAnswers(service: ServiceModel): Finding[] {
  const { name, image, resources, port, probes } = service;
  return [
    ...(image === undefined ? [missing(service, 'has no `image`', 'image: registry.example.com/team/name:1.0.0')] : []),
    ...(resources === undefined
      ? [missing(service, 'has no `resources`', 'resources: { cpu: 250m, memory: 256Mi }')]
      : []),
    ...(port === undefined && service.role !== 'worker'
      ? [missing(service, 'answers requests, but has no `port`', 'port: 8080')]
      : []),
    ...(probes !== undefined && probes.livenessPath === probes.readinessPath
      ? [
          {
            at: probes.origin.of('readiness'),
            severity: 'warning' as const,
            message: `liveness and readiness of \`${name}\` ask the same path, so a missing dependency restarts it`,
            hint: 'Give readiness a path of its own.',
          },
        ]
      : []),
  ];
}

/** The values of the line are an example; only the team knows the right ones. */
const missing = ({ name, origin }: ServiceModel, lack: string, line: string): Finding => ({
  at: origin.self,
  message: `service \`${name}\` ${lack}`,
  hint: `Add a line such as \`${line}\` with your own values below \`spec\`; mark it in \`undecided\` while it is provisional.`,
});
