/**
 * What Prometheus scrapes of a service. `job` becomes the name of the service, the same as where Prometheus runs without Kubernetes.
 */
import { LABELS } from '../../../schemas/kubernetes-conventions.ts';
import { formatPrometheusDuration, milliseconds } from '../../../schemas/units/index.ts';
import type { ContainerService } from '../../derive/kubernetes-scope.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../derive/sync-options.ts';
import { claim, field, from } from '../../marks.ts';
import type { Model } from '../../resolve/model/index.ts';
import { type MarkedTexts, metadataOf, type ObjectMetadata, objectSelectorOf, subjectOf } from './metadata.ts';
import { custom, type ObjectDraft } from './object-draft.ts';
import { portName } from './ports.ts';

/** Those by which Prometheus selects it come on top: nothing else goes by the labels of this object. */
export const withLabels = (metadata: ObjectMetadata, labels: Readonly<MarkedTexts>): ObjectMetadata => ({
  ...metadata,
  labels: { ...metadata.labels, ...labels },
});

const markedLabels = ({ system: { monitoring } }: Model): MarkedTexts =>
  Object.fromEntries(
    Object.entries(monitoring.labels).map(([key, value]) => [key, from(monitoring.origin.of('labels'), value)]),
  );

export function serviceMonitorOf(model: Model, service: ContainerService, port: number): ObjectDraft {
  const { scrapeInterval, origin } = model.system.monitoring;
  const { metrics } = service;
  const interval = formatPrometheusDuration(scrapeInterval);
  return {
    folder: service.name,
    object: custom(
      from(metrics.origin.self, {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'ServiceMonitor',
        metadata: withLabels(
          metadataOf(model, 'ServiceMonitor', service.name, subjectOf(service), syncOptions(model, [SKIP_DRY_RUN])),
          markedLabels(model),
        ),
        spec: claim(
          'observability/metrics',
          `service/${service.name}`,
          { path: metrics.path, port, interval },
          {
            jobLabel: LABELS.name,
            selector: { matchLabels: objectSelectorOf(subjectOf(service)) },
            endpoints: [
              {
                port: from(metrics.origin.of('port'), String(portName(service, port))),
                path: field(metrics, 'path'),
                scheme: field(metrics, 'scheme'),
                // Certificates of pods are made out to names, and a scrape goes to an address.
                ...(service.metrics.scheme === 'https'
                  ? { tlsConfig: from(metrics.origin.of('scheme'), { insecureSkipVerify: true }) }
                  : {}),
                interval: from(origin.of('scrapeInterval'), interval),
                // A scrape that takes longer than this would overlap with the next one.
                scrapeTimeout: from(
                  origin.of('scrapeInterval'),
                  formatPrometheusDuration(milliseconds(Math.min(10_000, scrapeInterval))),
                ),
              },
            ],
          },
        ),
      }),
    ),
  };
}
