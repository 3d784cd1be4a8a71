/**
 * network/no-port-clash
 *
 * Owns one claim: no two listeners of one network share a port. Relies on resolved ports; which ports are open to the world is left
 * to the edge.
 */
import type { Model, Origin, ServiceModel } from '../../../resolve/model/index.ts';
import type { Check, Finding } from '../../check.ts';

interface Listener {
  readonly service: string;
  readonly port: number;
  readonly what: string;
  readonly at: Origin;
}

export const noPortClash: Check = {
  id: 'network/no-port-clash',
  code: 'SW-401',
  severity: 'error',
  title: 'Two listeners share a port',
  why: 'The second one to start fails with "address in use", or takes the traffic of the first.',
  hint: 'Give one of them another port.',
  run: (model) => [...clashesInside(model), ...clashesBetween(model)],
};

/** Listeners of one pod or process share its network. */
function clashesInside(model: Model): Finding[] {
  return model.services.flatMap((service) =>
    repeated(listenersOf(service)).map(({ first, second }) => finding(first, second, `in service \`${service.name}\``)),
  );
}

/** On a host everything shares one network; in a cluster the same number in two pods is harmless, though confusing. */
function clashesBetween(model: Model): Finding[] {
  const onHost = model.services.filter((service) => service.process !== undefined);
  const elsewhere = model.services.filter((service) => service.process === undefined);
  const harmless = repeated(elsewhere.flatMap(mainListener)).map(({ first, second }) => ({
    ...finding(first, second, 'in separate pods; it would clash on one host'),
    severity: 'info' as const,
    hint: 'Nothing needs to change while each runs in a pod of its own.',
  }));
  const clashes = repeated(onHost.flatMap(listenersOf)).filter(({ first, second }) => first.service !== second.service);
  return [...clashes.map(({ first, second }) => finding(first, second, 'on one host')), ...harmless];
}

function listenersOf(service: ServiceModel): Listener[] {
  const { name, origin, ports, process } = service;
  const instances =
    process === undefined
      ? mainListener(service)
      : process.instancePorts.map((port, index) => ({
          service: name,
          port,
          what: index === 0 ? 'its `port`' : 'an instance',
          at: index === 0 ? origin.of('port') : process.origin.of('instancePorts'),
        }));
  return [
    ...instances,
    ...ports.map((entry) => ({
      service: name,
      port: entry.port,
      what: `port \`${entry.name}\``,
      at: entry.origin.of('port'),
    })),
    ...metricsListener(service, origin.self),
    ...egressListener(service),
  ];
}

const mainListener = ({ name, port, origin }: ServiceModel): Listener[] =>
  port === undefined ? [] : [{ service: name, port, what: 'its `port`', at: origin.of('port') }];

/** Where services call providers through the gateway. */
const egressListener = ({ name, runtime }: ServiceModel): Listener[] =>
  runtime?.egress === undefined
    ? []
    : [{ service: name, port: runtime.egress, what: 'its `egress`', at: runtime.origin.of('egress') }];

/** Metrics on the main port are one listener, not two; those of a gateway always have a port of their own. */
function metricsListener({ name, port, ports, metrics, role }: ServiceModel, fallback: Origin): Listener[] {
  if (
    metrics.port === undefined ||
    (metrics.port === port && role !== 'gateway') ||
    ports.some((entry) => entry.port === metrics.port)
  )
    return [];
  return [{ service: name, port: metrics.port, what: 'its metrics', at: metrics.origin.of('port') ?? fallback }];
}

function repeated(listeners: readonly Listener[]): { readonly first: Listener; readonly second: Listener }[] {
  const seen = new Map<number, Listener>();
  return listeners.flatMap((second) => {
    const first = seen.get(second.port);
    if (first === undefined) seen.set(second.port, second);
    return first === undefined ? [] : [{ first, second }];
  });
}

const finding = (first: Listener, second: Listener, where: string): Finding => ({
  at: second.at,
  message: `port ${second.port} is used twice ${where}: by \`${first.service}\` (${first.what}) and \`${second.service}\` (${second.what})`,
  related: [{ at: first.at, note: 'the other use is here' }],
});
