/**
 * The Deployment of nginx: unprivileged, with a read-only root, beside it the exporter of its counters.
 */
import { EDGE_PODS } from '../../../../schemas/kubernetes-conventions.ts';
import { wholeSeconds } from '../../../../schemas/units/index.ts';
import { edgeDrain, edgeUpstreams } from '../../../derive/edge/nginx-pods.ts';
import { claim, field, from, type Marked, type MarkedFields } from '../../../marks.ts';
import type { Model, NginxEdgeModel } from '../../../resolve/model/index.ts';
import { resourceFigures, resourcesOf } from '../container.ts';
import { DNS_CONFIG, pullSecretsOf } from '../deployment.ts';
import { edgeExemptions } from '../exemptions.ts';
import { type Container, IntOrString, KubeDeployment, type PodSpec, type Probe, Quantity } from '../kubernetes-api.ts';
import { labelsOf, metadataOf, selectorOf } from '../metadata.ts';
import { type ObjectDraft, typed } from '../object-draft.ts';
import { spreadOf } from '../placement.ts';
import { containerSecurityOf, DEFAULT_IDENTITY, podSecurityOf } from '../pod-security.ts';
import { certificateMounts, certificateVolumes } from './certificate-volumes.ts';
import { CONFIG_VOLUME, type ConfigPart, configVolume } from './edge-config.ts';
import { exporterOf } from './edge-exporter.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

const SCRATCH_VOLUME = 'scratch';

/** Bodies and answers that wait for slow clients, see `nginx/buffers.ts`. */
const SCRATCH_SIZE = '512Mi';

/** Load balancers ask a node every few seconds and give it up after two or three failures. */
const PAUSE_SECONDS = 20;

/** From the end of the drain until the process is gone. */
const MARGIN_SECONDS = 5;

const SETTLE_SECONDS = 10;

export function edgeDeploymentOf(model: Model, edge: NginxEdgeModel, parts: readonly ConfigPart[]): ObjectDraft {
  const subject = edgeSubject(model);
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeDeployment,
      from(model.environment.origin.of('edge'), {
        metadata: metadataOf(model, 'Deployment', subject.instance, subject, edgeExemptions(edge)),
        spec: {
          replicas: field(edge, 'replicas'),
          selector: { matchLabels: selectorOf(subject) },
          strategy: {
            type: 'RollingUpdate',
            rollingUpdate: { maxSurge: IntOrString.fromString('25%'), maxUnavailable: IntOrString.fromNumber(0) },
          },
          minReadySeconds: SETTLE_SECONDS,
          progressDeadlineSeconds: 600,
          revisionHistoryLimit: 5,
          template: {
            metadata: { labels: labelsOf(model, subject) },
            spec: claimed(model, edge, podOf(model, edge, parts)),
          },
        },
      }),
    ),
  };
}

/** What the pods realise; the limits, headers and TLS are claimed by the files of nginx itself. */
function claimed(model: Model, edge: NginxEdgeModel, pod: Marked<PodSpec>): Marked<PodSpec> {
  const { uid, gid } = DEFAULT_IDENTITY;
  const graceful = {
    preStopSeconds: PAUSE_SECONDS,
    drainSeconds: drainSeconds(model),
    graceSeconds: graceSeconds(model),
  };
  const rights = claim(
    'security/restricted-pod',
    'edge',
    { uid: Number(uid), gid: Number(gid), readOnlyRootFilesystem: true },
    pod,
  );
  const ending = claim('workload/graceful-shutdown', 'edge', graceful, rights);
  return claim('workload/resources', 'edge', resourceFigures(edge.resources), ending);
}

const drainSeconds = (model: Model): number => wholeSeconds(edgeDrain(model));

const graceSeconds = (model: Model): number => PAUSE_SECONDS + drainSeconds(model) + MARGIN_SECONDS;

function podOf(model: Model, edge: NginxEdgeModel, parts: readonly ConfigPart[]): Marked<PodSpec> {
  const subject = edgeSubject(model);
  const drains = edgeUpstreams(model).map(({ shutdown }) => shutdown.origin.of('drain'));
  const grace = graceSeconds(model);
  const [drain] = drains;
  return {
    automountServiceAccountToken: false,
    dnsConfig: DNS_CONFIG,
    enableServiceLinks: false,
    ...pullSecretsOf(model),
    ...(edge.replicas > 1 ? spreadOf(selectorOf(subject), edge.origin.of('replicas')) : {}),
    securityContext: podSecurityOf(DEFAULT_IDENTITY),
    serviceAccountName: subject.instance,
    terminationGracePeriodSeconds: drain === undefined ? grace : from(drain, grace),
    containers: [nginxOf(model, edge), ...exporterOf(model, edge)],
    restartPolicy: 'Always',
    volumes: [
      configVolume(model, parts),
      { name: SCRATCH_VOLUME, emptyDir: { sizeLimit: Quantity.fromString(SCRATCH_SIZE) } },
      ...certificateVolumes(model),
    ],
  };
}

function nginxOf(model: Model, edge: NginxEdgeModel): MarkedFields<Container> {
  const { configuration, scratch, ports, probes } = EDGE_PODS;
  const { publicPorts, origin } = model.environment;
  const open = [
    ...(publicPorts.includes(80) ? [{ name: 'http', containerPort: ports.http }] : []),
    { name: 'https', containerPort: ports.https },
  ];
  const probe = (path: string, failures: number): Probe => ({
    httpGet: { path, port: IntOrString.fromString('probe') },
    periodSeconds: 5,
    timeoutSeconds: 2,
    failureThreshold: failures,
  });
  return {
    name: 'nginx',
    image: from(edge.origin.of('image'), edge.image.reference),
    imagePullPolicy: 'Always',
    // Not by the entry point of the image, which writes to the configuration.
    command: ['nginx', '-c', `${configuration}/nginx.conf`, '-e', '/dev/stderr', '-g', 'daemon off;'],
    lifecycle: { preStop: { exec: { command: ['sh', '-c', stopScript(model)] } } },
    ports: [
      ...open.map((port) => from(origin.of('publicPorts'), { ...port, protocol: 'TCP' })),
      { name: 'probe', containerPort: ports.probe, protocol: 'TCP' },
    ],
    startupProbe: probe(probes.liveness, 12),
    livenessProbe: probe(probes.liveness, 3),
    readinessProbe: probe(probes.readiness, 2),
    resources: resourcesOf(edge.resources),
    securityContext: containerSecurityOf(true),
    volumeMounts: [
      { name: CONFIG_VOLUME, mountPath: configuration, readOnly: true },
      { name: SCRATCH_VOLUME, mountPath: scratch },
      ...certificateMounts(model),
    ],
  };
}

/** SIGTERM would cut every exchange. nginx leaves at SIGQUIT, after the last exchange or `worker_shutdown_timeout`, and this ends with it. */
const stopScript = (model: Model): string =>
  `sleep ${PAUSE_SECONDS}; kill -QUIT 1; sleep ${drainSeconds(model) + MARGIN_SECONDS}`;
