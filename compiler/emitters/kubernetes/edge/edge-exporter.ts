/**
 * nginx-prometheus-exporter beside nginx: it reads the counters within the pod and shows them to Prometheus.
 */
import { EDGE_PODS } from '../../../../schemas/kubernetes-conventions.ts';
import { exportsNginx } from '../../../derive/edge/nginx-pods.ts';
import { from, type MarkedFields } from '../../../marks.ts';
import type { Model, NginxEdgeModel } from '../../../resolve/model/index.ts';
import { type Container, IntOrString, Quantity } from '../kubernetes-api.ts';
import { containerSecurityOf } from '../pod-security.ts';

/** One container, or none where nobody asks for the figures. */
export function exporterOf(model: Model, edge: NginxEdgeModel): readonly MarkedFields<Container>[] {
  if (!exportsNginx(model)) return [];
  const { ports, status } = EDGE_PODS;
  const port = IntOrString.fromString('metrics');
  return [
    {
      name: 'exporter',
      image: from(edge.origin.of('exporterImage'), edge.exporterImage.reference),
      imagePullPolicy: 'Always',
      args: [
        `--nginx.scrape-uri=http://127.0.0.1:${ports.status}${status}`,
        `--web.listen-address=:${ports.metrics}`,
        '--web.telemetry-path=/metrics',
      ],
      ports: [{ name: 'metrics', containerPort: ports.metrics, protocol: 'TCP' }],
      // Neither asks for the figures themselves: a pod of nginx must not leave the load balancer because nobody can count it.
      livenessProbe: { httpGet: { path: '/', port }, ...PROBE },
      readinessProbe: { tcpSocket: { port }, ...PROBE },
      resources: {
        requests: quantities('10m', '32Mi', '16Mi'),
        limits: quantities('100m', '32Mi', '16Mi'),
      },
      securityContext: containerSecurityOf(true),
    },
  ];
}

const PROBE = { periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 };

const quantities = (cpu: string, memory: string, storage: string): Record<string, Quantity> => ({
  cpu: Quantity.fromString(cpu),
  memory: Quantity.fromString(memory),
  'ephemeral-storage': Quantity.fromString(storage),
});
