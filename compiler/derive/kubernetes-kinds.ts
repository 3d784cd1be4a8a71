/**
 * The kinds of object under `kubernetes/` for a model, so that Argo CD may apply these and no others.
 *
 * A test compares this table with what is really emitted. Relies on `kubernetes-scope.ts` for the conditions.
 */

import type { Model } from '../resolve/model/index.ts';
import {
  backupJobs,
  containerServices,
  hasAutoscaler,
  hasDisruptionBudget,
  hasPorts,
  isMonitored,
  jobsOf,
  secretsOf,
  volumeDatastores,
  wants,
} from './kubernetes-scope.ts';

export interface ObjectKind {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly isClusterScoped: boolean;
}

interface KindRow {
  readonly group: string;
  readonly kind: string;
  readonly isClusterScoped?: true;
  readonly isEmitted: (model: Model) => boolean;
}

const always = (): boolean => true;
const runs = (model: Model): boolean => containerServices(model).length > 0;
const backsUp = (model: Model): boolean => backupJobs(model).length > 0;

const KINDS: readonly KindRow[] = [
  { group: '', kind: 'Namespace', isClusterScoped: true, isEmitted: always },
  { group: 'networking.k8s.io', kind: 'NetworkPolicy', isEmitted: always },
  { group: '', kind: 'ServiceAccount', isEmitted: (model) => runs(model) || backsUp(model) },
  { group: 'apps', kind: 'Deployment', isEmitted: runs },
  { group: '', kind: 'Service', isEmitted: (model) => containerServices(model).some(hasPorts) },
  {
    group: 'autoscaling',
    kind: 'HorizontalPodAutoscaler',
    isEmitted: (model) => containerServices(model).some(hasAutoscaler),
  },
  {
    group: 'policy',
    kind: 'PodDisruptionBudget',
    isEmitted: (model) => containerServices(model).some(hasDisruptionBudget),
  },
  {
    group: '',
    kind: 'ConfigMap',
    isEmitted: (model) =>
      containerServices(model).some((service) => service.role === 'gateway') ||
      backsUp(model) ||
      wants(model, 'grafana'),
  },
  {
    group: '',
    kind: 'PersistentVolumeClaim',
    isEmitted: (model) => containerServices(model).some((service) => volumeDatastores(model, service).length > 0),
  },
  { group: 'batch', kind: 'Job', isEmitted: (model) => jobsOf(model).some(({ job }) => job.schedule === undefined) },
  {
    group: 'batch',
    kind: 'CronJob',
    isEmitted: (model) => backsUp(model) || jobsOf(model).some(({ job }) => job.schedule !== undefined),
  },
  {
    group: 'external-secrets.io',
    kind: 'ExternalSecret',
    isEmitted: (model) => model.environment.secretStore !== undefined && secretsOf(model).length > 0,
  },
  {
    group: 'monitoring.coreos.com',
    kind: 'ServiceMonitor',
    isEmitted: (model) => containerServices(model).some((service) => isMonitored(model, service)),
  },
  { group: 'monitoring.coreos.com', kind: 'PrometheusRule', isEmitted: (model) => wants(model, 'prometheus') },
];

/** The kinds of a model, sorted by group and kind. */
export const kindsOf = (model: Model): readonly ObjectKind[] =>
  KINDS.filter((row) => row.isEmitted(model))
    .map(({ group, kind, isClusterScoped }) => ({ group, kind, isClusterScoped: isClusterScoped === true }))
    .sort((a, b) => (`${a.group}/${a.kind}` < `${b.group}/${b.kind}` ? -1 : 1));
