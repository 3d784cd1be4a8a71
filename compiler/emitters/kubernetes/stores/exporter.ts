/**
 * The exporter beside a store, where the system lists it in `monitoring.exporters`, so that its alerts have something to look at.
 */
import { wants } from '../../../derive/kubernetes-scope.ts';
import { passwordOf, type SelfRunStore } from '../../../derive/self-run-stores.ts';
import { from, type Marked } from '../../../marks.ts';
import type { Model } from '../../../resolve/model/index.ts';
import { type Container, IntOrString, Quantity } from '../kubernetes-api.ts';
import { containerSecurityOf } from '../pod-security.ts';
import type { Recipe } from './recipe.ts';

/** The port that Prometheus scrapes; undefined where nothing exports. */
export function metricsPortOf(model: Model, { server }: SelfRunStore): number | undefined {
  if (!wants(model, 'prometheus') || server.exporter === undefined) return undefined;
  return model.system.monitoring.exporters.includes(server.exporter.name) ? server.exporter.port : undefined;
}

export const METRICS_PORT = 'metrics';

export function exporterOf(model: Model, store: SelfRunStore, recipe: Recipe): Marked<Container> | undefined {
  const { exporter } = store.server;
  const port = metricsPortOf(model, store);
  if (exporter === undefined || port === undefined || recipe.exporter === undefined) return undefined;
  const password = passwordOf(store);
  const figures = {
    cpu: Quantity.fromString('50m'),
    memory: Quantity.fromString('64Mi'),
    'ephemeral-storage': Quantity.fromString('64Mi'),
  };
  return from(model.system.monitoring.origin.of('exporters'), {
    name: 'exporter',
    image: exporter.image,
    imagePullPolicy: 'Always',
    env: [
      ...recipe.exporter,
      ...(password === undefined
        ? []
        : [
            {
              name: exporter.passwordVariable,
              valueFrom: { secretKeyRef: { name: password.secret, key: password.key } },
            },
          ]),
    ],
    ports: [{ name: METRICS_PORT, containerPort: port, protocol: 'TCP' }],
    resources: { requests: figures, limits: { ...figures, cpu: Quantity.fromString('100m') } },
    securityContext: containerSecurityOf(true),
    readinessProbe: probe(port),
    livenessProbe: probe(port),
  });
}

/** Its metrics page would ask the server; this only asks whether the exporter answers. */
const probe = (port: number) => ({
  tcpSocket: { port: IntOrString.fromNumber(port) },
  periodSeconds: 10,
  timeoutSeconds: 5,
  failureThreshold: 3,
});
