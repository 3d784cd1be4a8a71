/**
 * Every value of a manifest says where it comes from, or is listed here with the reason why no document decides it.
 */
import assert from 'node:assert/strict';
import { parse } from 'yaml';
import { type Constants, needless, unlisted, unmarkedIn } from '../testing/emitted-trees.ts';
import { describe } from '../testing/suite.ts';

/** `*` is any one step, `**` any number of them. */
const CONSTANTS: Constants = {
  '/apiVersion': 'what the object is',
  '/kind': 'what the object is',
  '/**/labels/app.kubernetes.io~1managed-by': 'the name of the compiler',
  '/metadata/annotations/argocd.argoproj.io~1*': 'how Argo CD treats a kind, the same for every system',
  '/metadata/labels/grafana_dashboard': 'what the sidecar of Grafana looks for',
  '/metadata/labels/pod-security.kubernetes.io~1*': 'the restricted pod standard, the same for every namespace',
  '/immutable': 'the name of the object changes with its content',
  '/**/automountServiceAccountToken': 'no pod calls the API server',

  // Pods.
  '/**/imagePullPolicy': 'the registry decides at every start',
  '/**/securityContext/allowPrivilegeEscalation': 'the restricted pod standard',
  '/**/securityContext/capabilities/drop/*': 'the restricted pod standard',
  '/**/securityContext/privileged': 'the restricted pod standard',
  '/**/securityContext/runAsNonRoot': 'the restricted pod standard',
  '/**/securityContext/seccompProfile/type': 'the restricted pod standard',
  '/**/securityContext/fsGroupChangePolicy': 'large volumes are not walked at every start',
  '/**/dnsConfig/options/*/*': 'names are taken as they are',
  '/**/enableServiceLinks': 'addresses come from the spec, not from what else is in the namespace',
  '/**/restartPolicy': 'follows from the kind',
  '/**/cluster-autoscaler.kubernetes.io~1safe-to-evict': 'a run is not to be moved',
  '/**/karpenter.sh~1do-not-disrupt': 'a run is not to be moved',

  // Workloads.
  '/spec/revisionHistoryLimit': 'a figure of the compiler',
  '/spec/behavior/**': 'up at once, down slowly; a figure of the compiler',
  '/spec/unhealthyPodEvictionPolicy': 'a broken replica does not hold up a drain',
  '/spec/type': 'a Service is reached inside the cluster',
  '/spec/accessModes/*': 'one process holds the data',
  '/**/backoffLimit': 'a figure of the compiler',
  '/spec/ttlSecondsAfterFinished': 'a figure of the compiler',
  '/spec/concurrencyPolicy': 'two runs at once are never wanted',
  '/spec/failedJobsHistoryLimit': 'a figure of the compiler',
  '/spec/successfulJobsHistoryLimit': 'a figure of the compiler',
  '/spec/startingDeadlineSeconds': 'a figure of the compiler',
  '/spec/suspend': 'what is declared runs',
  '/spec/timeZone': 'schedules are in UTC',

  // The pod of a backup: tools and folders of the script, which the compiler brings.
  '/spec/jobTemplate/spec/template/spec/containers/*/command/*': 'starts the script',
  '/spec/jobTemplate/spec/template/spec/containers/*/name': 'the script',
  '/spec/jobTemplate/spec/template/spec/containers/*/resources/*/cpu': 'what a dump takes',
  '/spec/jobTemplate/spec/template/spec/containers/*/resources/*/memory': 'what a dump takes',
  '/spec/jobTemplate/spec/template/spec/containers/*/volumeMounts/*/*': 'the folders of the script',
  '/spec/jobTemplate/spec/template/spec/securityContext/fsGroup': 'a user of the compiler',
  '/spec/jobTemplate/spec/template/spec/securityContext/runAs*': 'a user of the compiler',
  '/spec/jobTemplate/spec/template/spec/containers/*/securityContext/readOnlyRootFilesystem':
    'scratch space is mounted',
  '/spec/jobTemplate/spec/template/spec/terminationGracePeriodSeconds': 'a figure of the compiler',
  '/spec/jobTemplate/spec/template/spec/volumes/*/name': 'the folders of the script',

  '/spec/policyTypes/*': 'a policy speaks of both directions',
  '/spec/jobLabel': 'which label names the job, the same for every system',

  // ExternalSecret: every default of the API is written out, or Argo CD would show drift.
  '/spec/refreshInterval': 'a figure of the compiler',
  '/spec/refreshPolicy': 'a default of the API',
  '/spec/data/*/remoteRef/*Strategy': 'a default of the API',
  '/spec/data/*/remoteRef/metadataPolicy': 'a default of the API',
  '/spec/target/*Policy': 'a default of the API',

  // Argo CD.
  '/spec/*ResourceWhitelist/*/group': 'the kinds that the compiler knows',
  '/spec/*ResourceWhitelist/*/kind': 'the kinds that the compiler knows',
  '/spec/orphanedResources/warn': 'the same for every system',
  '/spec/ignoreDifferences/*/group': 'the one field that a cluster owns',
  '/spec/ignoreDifferences/*/kind': 'the one field that a cluster owns',
  '/spec/ignoreDifferences/*/jsonPointers/*': 'the one field that a cluster owns',
  '/spec/source/directory/*': 'how the generated tree is laid out',
  '/spec/syncPolicy/**': 'how Argo CD syncs, the same for every system',
};

describe('every leaf of a manifest', (it) => {
  const unmarked = unmarkedIn(/^(kubernetes|argocd)\/.*\.yaml$/, parse);
  it('has an origin or is a listed constant', () => assert.deepEqual(unlisted(unmarked, CONSTANTS), []));
  it('is listed only where it is needed', () => assert.deepEqual(needless(unmarked, CONSTANTS), []));
  it('fails as a new one that nobody listed', () => {
    const near = [
      '/spec/suspended',
      '/spec/template/spec/hostNetwork',
      '/spec/template/spec/securityContext/sysctls',
      '/spec/egress/*/ports/*/port',
      '/metadata/name',
    ];
    assert.deepEqual(unlisted([...unmarked, ...near], CONSTANTS), near);
  });
});
