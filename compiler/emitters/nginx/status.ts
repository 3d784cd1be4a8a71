/**
 * What operators ask nginx itself in a pod: the probes of the kubelet, and the counters for the exporter beside it.
 *
 * Both have ports of their own that no Service shows. The probes say that the process serves, and nothing of what stands behind: a pod that
 * is taken out because the gateway is away could no longer say so.
 */
import { EDGE_PODS } from '../../../schemas/kubernetes-conventions.ts';
import { nginxEdgeOf } from '../../derive/edge/nginx-pods.ts';
import { block, comment, directive, gap, type NginxNode } from '../../printers/nginx-conf.ts';
import type { Model } from '../../resolve/model/index.ts';

/** For `http`; undefined on hosts, where whoever runs nginx watches it. */
export function statusNodes(model: Model): readonly NginxNode[] | undefined {
  if (nginxEdgeOf(model) === undefined) return undefined;
  const { ports, probes, status } = EDGE_PODS;
  const answers = (path: string): NginxNode => block('location', ['=', path], [directive('return', '204')]);
  return [
    comment('The kubelet asks here.'),
    block(
      'server',
      [],
      [
        directive('listen', String(ports.probe)),
        directive('listen', `[::]:${ports.probe}`),
        directive('access_log', 'off'),
        answers(probes.liveness),
        answers(probes.readiness),
        block('location', ['/'], [directive('return', '404')]),
      ],
    ),
    gap,
    comment('The exporter asks here, from within the pod only.'),
    block(
      'server',
      [],
      [
        directive('listen', `127.0.0.1:${ports.status}`),
        directive('access_log', 'off'),
        block(
          'location',
          ['=', status],
          [directive('stub_status'), directive('allow', '127.0.0.1'), directive('deny', 'all')],
        ),
        block('location', ['/'], [directive('return', '404')]),
      ],
    ),
  ];
}
