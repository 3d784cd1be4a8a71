/**
 * What linters of manifests are told about a Deployment that they would complain of for no reason.
 *
 * Owns the annotations by which kube-score, kube-linter and Polaris leave out one check on one object, each with its reason beside it. Only
 * what the spec decides is exempt; a complaint that would be right stays.
 */
import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { hasAutoscaler, holdsData, keepsLiveReplicas } from '../../derive/kubernetes-scope.ts';
import { from, fromAll } from '../../marks.ts';
import type { Model, NginxEdgeModel, Origin, ServiceModel } from '../../resolve/model/index.ts';
import type { MarkedTexts } from './metadata.ts';

export interface Exemption {
  readonly reason: string;
  readonly kubeScore?: readonly string[];
  readonly kubeLinter?: readonly string[];
  readonly polaris?: readonly string[];
  /** What of the spec decided it. */
  readonly origin: Origin;
}

export const exemptionsOf = (model: Model, service: ServiceModel): MarkedTexts =>
  annotationsFor([...oneReplica(service), ...recreated(model, service), ...autoscaled(model, service)]);

/** The way in from the world is a load balancer, and stays the only one. */
export function edgeExemptions({ replicas, origin }: NginxEdgeModel): MarkedTexts {
  const asked = origin.of('replicas');
  const two = { reason: 'the spec asks for two replicas', kubeLinter: ['minimum-three-replicas'], origin: asked };
  return annotationsFor([...(replicas > 1 ? [] : [{ ...SINGLE, origin: asked }]), ...(replicas === 2 ? [two] : [])]);
}

const SINGLE: Omit<Exemption, 'origin'> = {
  reason: 'the spec asks for one replica',
  kubeScore: ['deployment-replicas', 'deployment-has-poddisruptionbudget'],
  kubeLinter: ['minimum-three-replicas'],
  polaris: ['deploymentMissingReplicas', 'missingPodDisruptionBudget'],
};

/** For the autoscaler of a service. */
export const autoscalerExemptionsOf = ({ scale }: ServiceModel): MarkedTexts =>
  annotationsFor(
    scale.min > 1
      ? []
      : [
          {
            reason: 'the spec asks for one replica at rest',
            kubeScore: ['horizontalpodautoscaler-replicas'],
            origin: scale.origin.of('min'),
          },
        ],
  );

/** The annotations that all linters read, with the reasons for people. */
export function annotationsFor(exemptions: readonly Exemption[]): MarkedTexts {
  const scored = exemptions.filter(({ kubeScore = [] }) => kubeScore.length > 0);
  const ignored = scored.flatMap(({ kubeScore = [] }) => kubeScore).sort();
  const reasons = exemptions.map(({ reason }) => reason);
  return {
    ...(reasons.length === 0 ? {} : { [ANNOTATIONS.exempt]: fromAll(originsOfAll(exemptions), reasons.join('; ')) }),
    ...(ignored.length === 0 ? {} : { 'kube-score/ignore': fromAll(originsOfAll(scored), ignored.join(',')) }),
    ...Object.fromEntries(
      exemptions.flatMap(({ kubeLinter = [], reason, origin }) =>
        kubeLinter.map((check) => [`ignore-check.kube-linter.io/${check}`, from(origin, reason)]),
      ),
    ),
    ...Object.fromEntries(
      exemptions.flatMap(({ polaris = [], origin }) =>
        polaris.map((check) => [`polaris.fairwinds.com/${check}-exempt`, from(origin, 'true')]),
      ),
    ),
  };
}

const originsOfAll = (exemptions: readonly Exemption[]): readonly Origin[] => [
  ...new Set(exemptions.map(({ origin }) => origin)),
];

/** A budget over a single replica keeps nothing alive, and two replicas are not what the spec asks for. */
function oneReplica(service: ServiceModel): readonly Exemption[] {
  if (service.scale.min > 1) return [];
  const isSingle = !hasAutoscaler(service);
  return [
    {
      reason: isSingle ? 'the spec asks for one replica' : 'the spec asks for one replica at rest',
      kubeScore: ['deployment-replicas', ...(isSingle ? ['deployment-has-poddisruptionbudget'] : [])],
      kubeLinter: ['minimum-three-replicas'],
      origin: service.scale.origin.of('min'),
      polaris: ['deploymentMissingReplicas', ...(isSingle ? ['missingPodDisruptionBudget'] : [])],
    },
  ];
}

function recreated(model: Model, service: ServiceModel): readonly Exemption[] {
  if (!holdsData(model, service)) return [];
  return [
    {
      reason: 'two versions at once would write to the same files',
      origin: service.origin.of('uses'),
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
          origin: service.scale.origin.of('max'),
          kubeScore: ['deployment-targeted-by-hpa-does-not-have-replicas-configured'],
        },
      ]
    : [
        {
          reason: 'the autoscaler owns replicas',
          origin: service.scale.origin.of('max'),
          polaris: ['deploymentMissingReplicas'],
        },
      ];
}
