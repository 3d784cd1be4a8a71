/**
 * observability/has-http-metrics
 *
 * Owns one claim: an objective or alert about requests is measured by somebody.
 */
import type { ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

export const hasHttpMetrics: Check = {
  id: 'observability/has-http-metrics',
  code: 'SW-418',
  severity: 'error',
  title: 'Nothing measures the requests of an objective or alert',
  why: 'Its rules would select series that nobody exports and stay silent for ever.',
  hint: "Want the `runtime` target, or name the service's own metrics in `metrics.http`.",
  run: ({ services, system }) =>
    system.targets.wanted.includes('prometheus') ? services.flatMap((service) => findingsOf(service)) : [],
};

function findingsOf(service: ServiceModel): Finding[] {
  if (service.metrics.http.kind === 'none') {
    const alerts = service.alerts.filter((alert) => alert.when.kind === 'error-ratio' || alert.when.kind === 'latency');
    return [
      ...service.objectives.map((objective) => ({
        at: objective.origin.self,
        message: `objective \`${objective.name}\` of \`${service.name}\` is about requests that nothing measures`,
      })),
      ...alerts.map((alert) => ({
        at: alert.origin.self,
        message: `alert \`${alert.name}\` is about requests that nothing measures`,
      })),
    ];
  }
  if (service.metrics.http.kind === 'own') {
    return service.objectives
      .filter((objective) => objective.route !== undefined)
      .map((objective) => ({
        at: objective.origin.of('route'),
        message: `objective \`${objective.name}\` is about one route, but the metrics of \`${service.name}\` do not tell routes apart`,
        hint: 'Leave the route out, or let the runtime measure the requests.',
      }));
  }
  // The runtime sees what passes through it; a service without routes gets nothing through it.
  if (service.metrics.http.kind === 'runtime' && service.routes.length === 0 && service.objectives.length > 0) {
    return service.objectives.map((objective) => ({
      at: objective.origin.self,
      message: `objective \`${objective.name}\` of \`${service.name}\` has no route that the runtime could measure`,
      hint: 'Declare the routes of the service, or name its own metrics in `metrics.http`.',
    }));
  }
  return [];
}
