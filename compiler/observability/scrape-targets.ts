/**
 * Who is scraped, and under which labels.
 *
 * Owns one agreement: `job` is the name of the service, in Kubernetes (ServiceMonitor with `jobLabel`) and on hosts alike, and in
 * Kubernetes the operator adds `namespace`. Exporters belong to the platform; their jobs are not ours to know.
 */
import { equalTo, type Matcher, oneOf } from '../printers/promql.ts';
import type { Model, ServiceModel, Target } from '../resolve/model/index.ts';

export const wants = (model: Model, target: Target): boolean => model.system.targets.wanted.includes(target);

/** Whether Prometheus scrapes the service itself. */
export const isScraped = (service: ServiceModel): boolean => service.metrics.port !== undefined;

export const gatewayNames = (model: Model): readonly string[] =>
  model.services.filter((service) => service.role === 'gateway').map((service) => service.name);

/** Selects the series of these services as they are scraped. */
export const jobMatchers = (model: Model, jobs: readonly string[]): readonly Matcher[] => [
  oneOf('job', jobs),
  ...namespaceMatchers(model),
];

/** Selects what happens in the environment's namespace; nothing to select by where there is no cluster. */
export const namespaceMatchers = (model: Model): readonly Matcher[] =>
  wants(model, 'kubernetes') ? [equalTo('namespace', model.environment.namespace)] : [];
