/**
 * What linters of manifests are told about a Deployment that they would complain of for no reason.
 *
 * Owns the annotations by which kube-score, kube-linter and Polaris leave out one check on one object, each with its reason beside it. Only
 * what the spec decides is exempt; a complaint that would be right stays.
 */
import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { hasAutoscaler, holdsData, keepsLiveReplicas } from '../../derive/kubernetes-scope.ts';
import type { Model, NginxEdgeModel, ServiceModel } from '../../resolve/model/index.ts';

export interface Exemption {
  readonly reason: string;
  readonly kubeScore?: readonly string[];
  readonly kubeLinter?: readonly string[];
  readonly polaris?: readonly string[];
}

export const exemptionsOf = (model: Model, service: ServiceModel): Record<string, string> =>
  annotationsFor([...oneReplica(service), ...recreated(model, service), ...autoscaled(model, service)]);

/** The way in from the world is a load balancer, and stays the only one. */
export const edgeExemptions = ({ replicas }: NginxEdgeModel): Record<string, string> =>
  annotationsFor([
    ...(replicas > 1 ? [] : [SINGLE]),
    ...(replicas === 2 ? [{ reason: 'the spec asks for two replicas', kubeLinter: ['minimum-three-replicas'] }] : []),
  ]);

const SINGLE: Exemption = {
  reason: 'the spec asks for one replica',
  kubeScore: ['deployment-replicas', 'deployment-has-poddisruptionbudget'],
  kubeLinter: ['minimum-three-replicas'],
  polaris: ['deploymentMissingReplicas', 'missingPodDisruptionBudget'],
};

/** For the autoscaler of a service. */
export const autoscalerExemptionsOf = ({ scale }: ServiceModel): Record<string, string> =>
  annotationsFor(
    scale.min > 1
      ? []
      : [{ reason: 'the spec asks for one replica at rest', kubeScore: ['horizontalpodautoscaler-replicas'] }],
  );

/** The annotations that all linters read, with the reasons for people. */
export function annotationsFor(exemptions: readonly Exemption[]): Record<string, string> {
  const ignored = exemptions.flatMap(({ kubeScore = [] }) => kubeScore).sort();
  const reasons = exemptions.map(({ reason }) => reason);
  return {
    ...(reasons.length === 0 ? {} : { [ANNOTATIONS.exempt]: reasons.join('; ') }),
    ...(ignored.length === 0 ? {} : { 'kube-score/ignore': ignored.join(',') }),
    ...Object.fromEntries(
      exemptions.flatMap(({ kubeLinter = [], reason }) =>
        kubeLinter.map((check) => [`ignore-check.kube-linter.io/${check}`, reason]),
      ),
    ),
    ...Object.fromEntries(
      exemptions.flatMap(({ polaris = [] }) =>
        polaris.map((check) => [`polaris.fairwinds.com/${check}-exempt`, 'true']),
      ),
    ),
  };
}

/** A budget over a single replica keeps nothing alive, and two replicas are not what the spec asks for. */
function oneReplica(service: ServiceModel): readonly Exemption[] {
  if (service.scale.min > 1) return [];
  const isSingle = !hasAutoscaler(service);
  return [
    {
      reason: isSingle ? 'the spec asks for one replica' : 'the spec asks for one replica at rest',
      kubeScore: ['deployment-replicas', ...(isSingle ? ['deployment-has-poddisruptionbudget'] : [])],
      kubeLinter: ['minimum-three-replicas'],
      polaris: ['deploymentMissingReplicas', ...(isSingle ? ['missingPodDisruptionBudget'] : [])],
    },
  ];
}

function recreated(model: Model, service: ServiceModel): readonly Exemption[] {
  if (!holdsData(model, service)) return [];
  return [
    {
      reason: 'two versions at once would write to the same files',
      kubeScore: ['deployment-strategy'],
      kubeLinter: ['no-rolling-update-strategy'],
    },
  ];
}

/** Polaris wants a number of replicas on every Deployment, kube-score none where an autoscaler owns it. */
function autoscaled(model: Model, service: ServiceModel): readonly Exemption[] {
  if (!hasAutoscaler(service)) return [];
  return keepsLiveReplicas(model, service)
    ? [
        {
          reason: 'Argo CD leaves replicas to the autoscaler',
          kubeScore: ['deployment-targeted-by-hpa-does-not-have-replicas-configured'],
        },
      ]
    : [{ reason: 'the autoscaler owns replicas', polaris: ['deploymentMissingReplicas'] }];
}
