/**
 * The connections that a service may open and accept, read off the model; each rule says what of the spec asked for it.
 */

import { engineOf } from '../../../schemas/engines/index.ts';
import { DNS } from '../../../schemas/kubernetes-conventions.ts';
import { egressPortFor } from '../../derive/connections/egress.ts';
import { controllerEdgeOf } from '../../derive/edge/controller-routes.ts';
import { edgeName, edgeUpstreams, hasEdgePods } from '../../derive/edge/nginx-pods.ts';
import { isBehindGateway, isFrontDoor, isMonitored } from '../../derive/kubernetes-scope.ts';
import { memoByModel } from '../../derive/memo-by-model.ts';
import { gatewayOf } from '../../derive/runtime-policy/placement.ts';
import { from, fromAll } from '../../marks.ts';
import type { DatastoreModel, Model, Origin, ServiceModel } from '../../resolve/model/index.ts';
import type { NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPort } from './kubernetes-api.ts';
import { providerRules, telemetryRules } from './network-outside.ts';
import {
  addressPeer,
  applicationPeers,
  dnsPeers,
  namespacePeer,
  peersOfDatastore,
  prometheusPeer,
} from './network-peers.ts';
import { type EgressRule, type IngressRule, portRule, uniqueRules } from './network-rule.ts';
import { type ContainerPort, portsOf } from './ports.ts';

/** DNS, then datastores, services and providers. */
export const egressRules = (model: Model, service: ServiceModel): readonly EgressRule[] =>
  uniqueRules<NetworkPolicyEgressRule>([
    dnsRule(model),
    ...datastoreRules(model, service),
    ...serviceRules(model, service),
    ...providerRules(model, service),
    ...(service.role === 'gateway' ? telemetryRules(service) : []),
  ]);

export function dnsRule({ environment }: Model): EgressRule {
  const { port } = DNS[environment.dns];
  const rule = { to: dnsPeers(environment), ports: [portRule(port, 'UDP'), portRule(port)] };
  return from<NetworkPolicyEgressRule>(environment.origin.of('dns'), rule);
}

function datastoreRules(model: Model, service: ServiceModel): readonly EgressRule[] {
  return model.datastores.flatMap((datastore) => {
    const { name, placement, port } = datastore;
    const use = service.uses.find((one) => one.datastore === name);
    if (use === undefined || placement === 'embedded' || port === undefined) return [];
    const ports = portsOfDatastore(datastore, port).map((one) => portRule(one));
    const rule = from<NetworkPolicyEgressRule>(use.origin.self, { to: peersOfDatastore(datastore), ports });
    const { runtime } = service;
    if (runtime?.readReplica === undefined || datastore.engine !== 'postgresql') return [rule];
    // Where a copy for reads is, only its variable knows.
    const elsewhere = { to: peersOfDatastore({ placement, host: undefined }), ports: [portRule(port)] };
    return [rule, from<NetworkPolicyEgressRule>(runtime.origin.of('readReplica'), elsewhere)];
  });
}

/** Those of a store that the system runs itself are all known. */
const portsOfDatastore = ({ engine, placement, origin }: DatastoreModel, port: number): readonly number[] => [
  port,
  ...(placement === 'self' && origin.of('host').kind === 'default'
    ? (engineOf(engine).server?.morePorts ?? []).map((more) => more.port)
    : []),
];

function serviceRules(model: Model, service: ServiceModel): readonly EgressRule[] {
  return (neighboursOf(model).callees.get(service.name) ?? []).flatMap((target) => {
    const ports = openPorts(model, service, target);
    if (ports.length === 0) return [];
    const rule: NetworkPolicyEgressRule = { to: applicationPeers([target.name]), ports: ports.map(toPortRule) };
    return [fromAll(reasonsFor(service, target, ports), rule)];
  });
}

/** The call that the caller declares; else the ports, for which the gateway connects to what it serves and others to the gateway. */
function reasonsFor(caller: ServiceModel, target: ServiceModel, ports: readonly ContainerPort[]): readonly Origin[] {
  const call = caller.calls.find((one) => one.kind === 'service' && one.name === target.name);
  return call === undefined ? ports.map(({ origin }) => origin) : [call.origin.self];
}

interface Neighbours {
  /** By the name of the caller. */
  readonly callees: ReadonlyMap<string, readonly ServiceModel[]>;
  /** By the name of the service that is called. */
  readonly callers: ReadonlyMap<string, readonly ServiceModel[]>;
}

/** Who may have a connection to whom, in the order of the model: callers and what they call, the gateways and everything. */
const neighboursOf = memoByModel((model): Neighbours => {
  const { services } = model;
  const callees = new Map(services.map(({ name }) => [name, [] as ServiceModel[]]));
  const callers = new Map(services.map(({ name }) => [name, [] as ServiceModel[]]));
  const positions = new Map(services.map(({ name }, index) => [name, index]));
  for (const caller of services) {
    const called = new Set(caller.calls.flatMap((call) => (call.kind === 'service' ? [positions.get(call.name)] : [])));
    const gateway = egressPortFor(model, caller) === undefined ? undefined : gatewayOf(model);
    if (gateway !== undefined) called.add(positions.get(gateway.name));
    const targets =
      caller.role === 'gateway'
        ? services
        : [...called]
            .flatMap((position) => position ?? [])
            .sort((a, b) => a - b)
            .flatMap((position) => services[position] ?? []);
    for (const target of targets) {
      if (target.name === caller.name) continue;
      callees.get(caller.name)?.push(target);
      callers.get(target.name)?.push(caller);
    }
  }
  return { callees, callers };
});

/** The ports of `target` that `caller` may connect to: all that it calls, its API where `caller` is the gateway, the way to providers. */
function openPorts(model: Model, caller: ServiceModel, target: ServiceModel): readonly ContainerPort[] {
  const egress = target === gatewayOf(model) ? egressPortFor(model, caller) : undefined;
  const isServed = caller.role === 'gateway' && isBehindGateway(model, target);
  return portsOf(target).filter(
    (port) =>
      (calls(caller, target) && isApiPort(target, port)) ||
      (isServed && port.port === target.port) ||
      (port.port === egress && port.protocol === 'TCP'),
  );
}

const calls = (caller: ServiceModel, target: ServiceModel): boolean =>
  caller.calls.some((call) => call.kind === 'service' && call.name === target.name);

const isApiPort = (service: ServiceModel, { port }: ContainerPort): boolean =>
  port === service.port || service.ports.some((other) => other.port === port);

const toPortRule = ({ port, protocol }: ContainerPort): NetworkPolicyPort => portRule(port, protocol);

/** From outside, from the services that call it, and from Prometheus to the metrics. */
export function ingressRules(model: Model, service: ServiceModel): readonly IngressRule[] {
  const rules = (neighboursOf(model).callers.get(service.name) ?? []).flatMap((caller) => {
    const ports = openPorts(model, caller, service);
    return ports.length === 0 ? [] : [{ caller: caller.name, ports, reasons: reasonsFor(caller, service, ports) }];
  });
  return uniqueRules<NetworkPolicyIngressRule>([
    ...frontDoorRules(model, service),
    ...mergeCallers(rules),
    ...metricsRules(model, service),
  ]);
}

function metricsRules(model: Model, service: ServiceModel): readonly IngressRule[] {
  const { metrics } = service;
  if (!isMonitored(model, service) || metrics.port === undefined) return [];
  const rule = { from: [prometheusPeer(model)], ports: [portRule(metrics.port)] };
  return [from<NetworkPolicyIngressRule>(metrics.origin.of('port'), rule)];
}

/** From nginx where it runs beside; else from the declared proxies, and from everywhere while none is declared. */
function frontDoorRules(model: Model, service: ServiceModel): readonly IngressRule[] {
  if (service.port === undefined) return [];
  const ports = [portRule(service.port)];
  const ownPort = service.origin.of('port');
  if (hasEdgePods(model))
    return edgeUpstreams(model).includes(service)
      ? [from<NetworkPolicyIngressRule>(ownPort, { from: applicationPeers([edgeName(model)]), ports })]
      : [];
  if (!isFrontDoor(model, service)) return [];
  const controller = controllerEdgeOf(model)?.controllerNamespace;
  if (controller !== undefined)
    return [from<NetworkPolicyIngressRule>(ownPort, { from: [namespacePeer(controller)], ports })];
  const proxies = edgeNetworks(model).map(addressPeer);
  const rule = { ...(proxies.length === 0 ? {} : { from: proxies }), ports };
  const origins = [ownPort, model.environment.origin.of('trustedProxies')];
  return [fromAll<NetworkPolicyIngressRule>(origins, rule)];
}

/** Loopback is for hosts: inside a cluster it names nobody else. */
export const edgeNetworks = (model: Model): readonly string[] =>
  model.environment.trustedProxies.filter((network) => !network.startsWith('127.') && !network.startsWith('::1'));

interface CallerPorts {
  readonly caller: string;
  readonly ports: readonly ContainerPort[];
  readonly reasons: readonly Origin[];
}

/** One rule for all callers of the same ports. */
function mergeCallers(rules: readonly CallerPorts[]): readonly IngressRule[] {
  const groups = new Map<string, CallerPorts[]>();
  for (const rule of rules) {
    const key = rule.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rule]);
    else group.push(rule);
  }
  return [...groups.values()].map((group) => {
    const rule: NetworkPolicyIngressRule = {
      from: applicationPeers(group.map(({ caller }) => caller)),
      ports: (group[0]?.ports ?? []).map(toPortRule),
    };
    return fromAll([...new Set(group.flatMap(({ reasons }) => reasons))], rule);
  });
}
