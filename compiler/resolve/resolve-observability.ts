/**
 * Resolves what is measured and promised: metrics, objectives, alerts.
 */

import { operatorsPort } from '../../schemas/runtime-ports.ts';
import type { Alert, Metrics, Objective, ServiceSpec, ThresholdCondition } from '../../schemas/spec/service.gen.ts';
import { type Milliseconds, parseDuration } from '../../schemas/units/index.ts';
import { quoteList } from '../diagnostics/quote-text.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { FieldReader } from './field-reader.ts';
import type {
  AlertCondition,
  AlertModel,
  HttpMetrics,
  MetricsModel,
  ObjectiveModel,
  RouteModel,
  ServiceRole,
  SystemModel,
} from './model/index.ts';
import { originsOf } from './model/origin.ts';
import type { Report } from './report.ts';

type ServiceReader = FieldReader<ServiceSpec & { pool?: number; instances?: number }>;

export function resolveMetrics(
  read: ServiceReader,
  servicePort: number | undefined,
  role: ServiceRole,
  system: SystemModel,
  report: Report,
): MetricsModel {
  const metrics = new FieldReader<Metrics>(read.child('metrics'), report);
  const written = read.get('metrics') !== undefined;
  const http = metrics.get('http');
  return {
    path: metrics.getOr('path', 'metrics-path'),
    // A service that says nothing of metrics is not assumed to have any: a scrape that always fails would page for nothing.
    port: metrics.get('port') ?? (written ? usualPort(role, servicePort) : undefined),
    scheme: metrics.getOr('scheme', 'metrics-scheme'),
    http: resolveHttpMetrics(http, role, system),
    exported: (metrics.get('exported') ?? []).map((metric, index) => {
      const fields = new FieldReader({ base: metric, at: metrics.at('exported', index) }, report);
      return {
        name: metric.name,
        type: metric.type,
        help: metric.help,
        labels: metric.labels ?? {},
        origin: fields.origins(),
      };
    }),
    origin: metrics.origins(),
  };
}

/** A gateway serves its metrics on the operators' port, never on that of the API. */
const usualPort = (role: ServiceRole, servicePort: number | undefined): number | undefined =>
  role === 'gateway' ? operatorsPort(servicePort) : servicePort;

function resolveHttpMetrics(written: Metrics['http'], role: ServiceRole, system: SystemModel): HttpMetrics {
  if (typeof written === 'object')
    return {
      kind: 'own',
      requests: written.requests,
      statusLabel: written.statusLabel ?? 'status',
      duration: written.duration,
      buckets: written.buckets?.flatMap(boundOf).sort((a, b) => a - b),
    };
  if (written !== undefined) return { kind: written };
  return { kind: role === 'app' && system.targets.wanted.includes('runtime') ? 'runtime' : 'none' };
}

/** The schema has looked at its shape. */
function boundOf(text: string): Milliseconds[] {
  const bound = parseDuration(text);
  return bound.ok ? [bound.value] : [];
}

export function resolveObjectives(
  read: ServiceReader,
  routes: readonly RouteModel[],
  report: Report,
): ObjectiveModel[] {
  const seen = new Map<string, ObjectiveModel>();
  return (read.get('objectives') ?? []).map((objective, index) => {
    const model = resolveObjective(
      new FieldReader<Objective>({ base: objective, at: read.at('objectives', index) }, report),
      objective,
      routes,
      report,
    );
    const earlier = seen.get(model.name);
    if (earlier === undefined) seen.set(model.name, model);
    else
      report.add('SW-306', model.origin.self, `two objectives are named \`${model.name}\``, {
        related: [{ at: earlier.origin.self, note: 'the other one is here' }],
      });
    return model;
  });
}

function resolveObjective(
  read: FieldReader<Objective>,
  objective: Objective,
  routes: readonly RouteModel[],
  report: Report,
): ObjectiveModel {
  const window = read.durationOr('window', 'objective-window');
  if (objective.latency === undefined) {
    const target = read.requiredRatio('availability');
    const route = routeId(read.get('route'), read.origins().of('route'), routes, report);
    const name = read.get('name') ?? joinName('availability', objective.route);
    const origin = read.origins();
    return {
      kind: 'availability',
      name,
      target,
      window,
      route,
      origin: originsOf(origin.self, {
        target: origin.of('availability'),
        window: origin.of('window'),
        route: origin.of('route'),
        name: origin.of('name'),
      }),
    };
  }
  const latency = new FieldReader(read.child('latency'), report);
  const within = latency.requiredDuration('within');
  const target = latency.requiredRatio('for');
  const route = routeId(latency.get('route'), latency.origins().of('route'), routes, report);
  const name = read.get('name') ?? joinName('latency', objective.latency.route);
  const [own, nested] = [read.origins(), latency.origins()];
  return {
    kind: 'latency',
    name,
    target,
    window,
    route,
    within,
    origin: originsOf(own.self, {
      target: nested.of('for'),
      within: nested.of('within'),
      route: nested.of('route'),
      window: own.of('window'),
      name: own.of('name'),
    }),
  };
}

function routeId(
  name: string | undefined,
  origin: RouteModel['origin']['self'],
  routes: readonly RouteModel[],
  report: Report,
): string | undefined {
  if (name === undefined) return undefined;
  // People write the path as often as the name, as in the example of the README; both mean the same route.
  const found = routes.find((route) => route.name === name) ?? routes.find((route) => route.path === name);
  if (found !== undefined) return found.id;
  const near = suggestName(
    name,
    routes.map((route) => (name.startsWith('/') ? route.path : route.name)),
  );
  report.add('SW-301', origin, `this service has no route \`${name}\``, {
    hint: near === undefined ? nameRoute(routes) : `Did you mean \`${near}\`?`,
  });
  return undefined;
}

const nameRoute = (routes: readonly RouteModel[]): string =>
  routes.length === 0
    ? 'Declare the route under `routes`; this service has none.'
    : `Name one of its routes: ${quoteList([...new Set(routes.map(({ path }) => path))])}.`;

const joinName = (kind: string, route: string | undefined): string =>
  route === undefined
    ? kind
    : `${kind}-${route
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-+|-+$/g, '')}`;

export function resolveAlerts(read: ServiceReader, report: Report): AlertModel[] {
  return (read.get('alerts') ?? []).map((alert, index) => {
    const fields = new FieldReader<Alert>({ base: alert, at: read.at('alerts', index) }, report);
    return {
      name: fields.get('name') ?? '',
      severity: fields.getOr('severity', 'alert-severity'),
      for: fields.durationOr('for', alert.increase === undefined ? 'alert-for' : 'increase-for'),
      summary: fields.get('summary'),
      runbook: fields.get('runbook'),
      when: resolveCondition(fields, alert, report),
      origin: fields.origins(),
    };
  });
}

function resolveCondition(fields: FieldReader<Alert>, alert: Alert, report: Report): AlertCondition {
  if (fields.get('errorRatio') !== undefined) {
    const read = new FieldReader(fields.child('errorRatio'), report);
    return {
      kind: 'error-ratio',
      above: read.requiredRatio('above'),
      over: read.durationOr('over', 'error-window'),
      minimumRate: read.rate('minimumRate'),
    };
  }
  if (fields.get('latency') !== undefined) {
    const read = new FieldReader(fields.child('latency'), report);
    return {
      kind: 'latency',
      quantile: read.ratioOr('quantile', 'latency-quantile'),
      above: read.requiredDuration('above'),
      over: read.durationOr('over', 'latency-window'),
    };
  }
  if (fields.get('increase') !== undefined && alert.increase !== undefined) {
    const read = new FieldReader(fields.child('increase'), report);
    return {
      kind: 'increase',
      metric: alert.increase.metric,
      matching: alert.increase.matching ?? {},
      above: alert.increase.above ?? 0,
      over: read.requiredDuration('over'),
    };
  }
  if (fields.get('absent') !== undefined && alert.absent !== undefined)
    return { kind: 'absent', metric: alert.absent.metric, matching: alert.absent.matching ?? {} };
  fields.get('threshold');
  return resolveThreshold(alert.threshold ?? { metric: '' });
}

function resolveThreshold({
  metric,
  matching = {},
  aggregate = 'max',
  by = [],
  ...bound
}: ThresholdCondition): AlertCondition {
  const value = bound.above ?? bound.below ?? bound.equals ?? 0;
  const comparison = bound.above !== undefined ? 'above' : bound.below !== undefined ? 'below' : 'equals';
  return { kind: 'threshold', metric, matching, aggregate, by: [...by].sort(), comparison, value };
}
