/**
 * What stands around the pods of nginx: the way in for the world, the account, the budget, and the way for Prometheus.
 */
import { ANNOTATIONS, EDGE_PODS, LABELS, SYNC_WAVES } from '../../../../schemas/kubernetes-conventions.ts';
import { formatPrometheusDuration, milliseconds } from '../../../../schemas/units/index.ts';
import { wants } from '../../../derive/kubernetes-scope.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../../derive/sync-options.ts';
import { claim, from, type Mark } from '../../../marks.ts';
import type { EdgeModel, Model, NginxEdgeModel } from '../../../resolve/model/index.ts';
import { IntOrString, KubePodDisruptionBudget, KubeService, KubeServiceAccount } from '../kubernetes-api.ts';
import { metadataOf, objectSelectorOf, selectorOf } from '../metadata.ts';
import { custom, type ObjectDraft, typed } from '../object-draft.ts';
import { withLabels } from '../service-monitor.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

/** `Local` keeps the address of the client: a node with no pod of nginx is passed by, and none rewrites the source. */
export function loadBalancerOf(model: Model, edge: NginxEdgeModel): ObjectDraft {
  const subject = edgeSubject(model);
  const { publicPorts, origin } = model.environment;
  // Argo CD waits until the cloud has given an address; nothing else should wait with it.
  const last = wants(model, 'argocd') ? { [ANNOTATIONS.syncWave]: String(SYNC_WAVES['Deployment']) } : {};
  const metadata = metadataOf(model, 'Service', subject.instance, subject, last);
  const https = publicPorts.includes(443) || !publicPorts.includes(8443) ? 443 : 8443;
  const ports = [...(publicPorts.includes(80) ? [{ name: 'http', port: 80 }] : []), { name: 'https', port: https }];
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeService,
      from(origin.of('edge'), {
        metadata: { ...metadata, annotations: { ...metadata.annotations, ...markedAnnotations(edge) } },
        spec: {
          type: 'LoadBalancer',
          externalTrafficPolicy: 'Local',
          selector: selectorOf(subject),
          ports: ports.map(({ name, port }) =>
            from(origin.of('publicPorts'), { name, port, protocol: 'TCP', targetPort: IntOrString.fromString(name) }),
          ),
        },
      }),
    ),
  };
}

/** Each of the spec's own annotations, marked. */
export const markedAnnotations = ({ annotations, origin }: EdgeModel): Record<string, Mark<string>> =>
  Object.fromEntries(Object.entries(annotations).map(([name, value]) => [name, from(origin.of('annotations'), value)]));

export const edgeAccountOf = (model: Model): ObjectDraft => ({
  folder: edgeFolder(model),
  object: typed(
    KubeServiceAccount,
    from(model.environment.origin.of('edge'), {
      metadata: metadataOf(model, 'ServiceAccount', edgeSubject(model).instance, edgeSubject(model)),
      automountServiceAccountToken: false,
    }),
  ),
});

export const edgeBudgetOf = (model: Model, edge: NginxEdgeModel): ObjectDraft => ({
  folder: edgeFolder(model),
  object: typed(
    KubePodDisruptionBudget,
    from(edge.origin.of('replicas'), {
      metadata: metadataOf(model, 'PodDisruptionBudget', edgeSubject(model).instance, edgeSubject(model)),
      spec: {
        selector: { matchLabels: selectorOf(edgeSubject(model)) },
        maxUnavailable: claim(
          'workload/disruption-budget',
          'edge',
          { maxUnavailable: 1, minReplicas: edge.replicas },
          IntOrString.fromNumber(1),
        ),
        // A replica that is broken anyway must not hold up the drain of its node.
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
      },
    }),
  ),
});

/** A Service of its own: the load balancer shows nothing but the public ports. */
export function edgeMetricsOf(model: Model): ObjectDraft {
  const subject = edgeSubject(model, METRICS);
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeService,
      from(model.system.monitoring.origin.of('exporters'), {
        metadata: metadataOf(model, 'Service', `${subject.instance}-${METRICS}`, subject),
        spec: {
          type: 'ClusterIP',
          selector: selectorOf(subject),
          ports: [
            {
              name: 'metrics',
              port: EDGE_PODS.ports.metrics,
              protocol: 'TCP',
              targetPort: IntOrString.fromString('metrics'),
            },
          ],
        },
      }),
    ),
  };
}

const METRICS = 'metrics';

export function edgeMonitorOf(model: Model): ObjectDraft {
  const { scrapeInterval, labels, origin } = model.system.monitoring;
  const subject = edgeSubject(model);
  const interval = formatPrometheusDuration(scrapeInterval);
  const metadata = metadataOf(model, 'ServiceMonitor', subject.instance, subject, syncOptions(model, [SKIP_DRY_RUN]));
  return {
    folder: edgeFolder(model),
    object: custom(
      from(origin.of('exporters'), {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: withLabels(metadata, labels),
        spec: claim(
          'observability/metrics',
          'edge',
          { path: '/metrics', port: EDGE_PODS.ports.metrics, interval },
          {
            jobLabel: LABELS.name,
            selector: { matchLabels: objectSelectorOf(edgeSubject(model, METRICS)) },
            endpoints: [
              {
                port: 'metrics',
                path: '/metrics',
                scheme: 'http',
                interval: from(origin.of('scrapeInterval'), interval),
                scrapeTimeout: formatPrometheusDuration(milliseconds(Math.min(10_000, scrapeInterval))),
              },
            ],
          },
        ),
      }),
    ),
  };
}
