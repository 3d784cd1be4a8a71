/**
 * Who is scraped, and under which labels.
 *
 * Owns one agreement: `job` is the name of the service, in Kubernetes (ServiceMonitor with `jobLabel`) and on hosts alike, and in
 * Kubernetes the operator adds `namespace`. Exporters belong to the platform; their jobs are not ours to know.
 */

import { equalTo, type Matcher, oneOf } from '../../printers/promql.ts';
import type { Model } from '../../resolve/model/index.ts';
import { wants } from '../kubernetes-scope.ts';
import { memoByModel } from '../memo-by-model.ts';

export const gatewayNames = memoByModel((model): readonly string[] =>
  model.services.filter((service) => service.role === 'gateway').map((service) => service.name),
);

/** Selects the series of these services as they are scraped. */
export const jobMatchers = (model: Model, jobs: readonly string[]): readonly Matcher[] => [
  oneOf('job', jobs),
  ...namespaceMatchers(model),
];

/** Selects what happens in the environment's namespace; nothing to select by where there is no cluster. */
export const namespaceMatchers = (model: Model): readonly Matcher[] =>
  wants(model, 'kubernetes') ? [equalTo('namespace', model.environment.namespace)] : [];

/** Whether an exporter runs beside the services. */
export const hasExporter = (model: Model, exporter: string): boolean =>
  model.system.monitoring.exporters.includes(exporter);
