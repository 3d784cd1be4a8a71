/**
 * The connections that a service may open and accept, read off the model.
 */

import { NEIGHBOURS } from '../../../schemas/kubernetes-conventions.ts';
import { isBehindGateway, isFrontDoor, isMonitored } from '../../derive/kubernetes-scope.ts';
import { memoByModel } from '../../derive/memo-by-model.ts';
import type { Model, ServiceModel, UpstreamModel } from '../../resolve/model/index.ts';
import {
  IntOrString,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
} from './kubernetes-api.ts';
import {
  addressPeer,
  applicationPeers,
  dnsPeers,
  PUBLIC_INTERNET,
  peersOfDatastore,
  peersOfHost,
  prometheusPeer,
} from './network-peers.ts';
import { type ContainerPort, portsOf } from './ports.ts';

const HTTPS_PORT = 443;

/** DNS, then datastores, services and providers. */
export const egressRules = (model: Model, service: ServiceModel): NetworkPolicyEgressRule[] =>
  uniqueRules([
    dnsRule(),
    ...datastoreRules(model, service),
    ...serviceRules(model, service),
    ...providerRules(model, service),
  ]);

export const dnsRule = (): NetworkPolicyEgressRule => ({
  to: dnsPeers(),
  ports: [portRule(NEIGHBOURS.dns.port, 'UDP'), portRule(NEIGHBOURS.dns.port)],
});

export const portRule = (port: number, protocol: 'TCP' | 'UDP' = 'TCP'): NetworkPolicyPort => ({
  port: IntOrString.fromNumber(port),
  protocol,
});

function datastoreRules(model: Model, service: ServiceModel): readonly NetworkPolicyEgressRule[] {
  const used = new Set(service.uses.map((use) => use.datastore));
  return model.datastores.flatMap((datastore) => {
    const { name, placement, port } = datastore;
    if (!used.has(name) || placement === 'embedded' || port === undefined) return [];
    return [{ to: peersOfDatastore(datastore), ports: [portRule(port)] }];
  });
}

function serviceRules(model: Model, service: ServiceModel): readonly NetworkPolicyEgressRule[] {
  return (neighboursOf(model).callees.get(service.name) ?? []).flatMap((target) => {
    const ports = openPorts(model, service, target);
    return ports.length === 0 ? [] : [{ to: applicationPeers([target.name]), ports: ports.map(toPortRule) }];
  });
}

interface Neighbours {
  /** By the name of the caller. */
  readonly callees: ReadonlyMap<string, readonly ServiceModel[]>;
  /** By the name of the service that is called. */
  readonly callers: ReadonlyMap<string, readonly ServiceModel[]>;
}

/** Who may have a connection to whom, in the order of the model: callers and what they call, the gateways and everything. */
const neighboursOf = memoByModel(({ services }): Neighbours => {
  const callees = new Map(services.map(({ name }) => [name, [] as ServiceModel[]]));
  const callers = new Map(services.map(({ name }) => [name, [] as ServiceModel[]]));
  const positions = new Map(services.map(({ name }, index) => [name, index]));
  for (const caller of services) {
    const called = new Set(caller.calls.flatMap((call) => (call.kind === 'service' ? [positions.get(call.name)] : [])));
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

/** The ports of `target` that `caller` may connect to: all that it calls, and its API where `caller` is the gateway. */
function openPorts(model: Model, caller: ServiceModel, target: ServiceModel): readonly ContainerPort[] {
  if (calls(caller, target)) return portsOf(target).filter((port) => isApiPort(target, port));
  const isForwarded = caller.role === 'gateway' && isBehindGateway(model, target);
  return isForwarded ? portsOf(target).filter((port) => port.port === target.port) : [];
}

const calls = (caller: ServiceModel, target: ServiceModel): boolean =>
  caller.calls.some((call) => call.kind === 'service' && call.name === target.name);

const isApiPort = (service: ServiceModel, { port }: ContainerPort): boolean =>
  port === service.port || service.ports.some((other) => other.port === port);

const toPortRule = ({ port, protocol }: ContainerPort): NetworkPolicyPort => portRule(port, protocol);

function providerRules(model: Model, service: ServiceModel): readonly NetworkPolicyEgressRule[] {
  const named = new Set([
    ...service.calls.flatMap((call) => (call.kind === 'provider' ? [call.name] : [])),
    ...service.routes.flatMap((route) => route.calls.map((call) => call.provider)),
  ]);
  return model.providers
    .filter((provider) => named.has(provider.name))
    .flatMap(({ upstreams }) => (upstreams.length === 0 ? [PROVIDER_RULE] : upstreams.map(upstreamRule)));
}

/** A provider whose address the spec leaves open is reached over HTTPS. */
const PROVIDER_RULE: NetworkPolicyEgressRule = { to: [PUBLIC_INTERNET], ports: [portRule(HTTPS_PORT)] };

function upstreamRule({ url }: UpstreamModel): NetworkPolicyEgressRule {
  if (url === undefined || !URL.canParse(url)) return PROVIDER_RULE;
  const { hostname, port, protocol } = new URL(url);
  const isEncrypted = protocol === 'https:' || protocol === 'wss:';
  const number = port === '' ? (isEncrypted ? HTTPS_PORT : 80) : Number(port);
  return {
    to: [...peersOfHost(hostname.replace(/^\[|\]$/g, ''), PUBLIC_INTERNET)],
    ports: [portRule(number)],
  };
}

/** From outside, from the services that call it, and from Prometheus to the metrics. */
export function ingressRules(model: Model, service: ServiceModel): NetworkPolicyIngressRule[] {
  const rules = (neighboursOf(model).callers.get(service.name) ?? []).flatMap((caller) => {
    const ports = openPorts(model, caller, service);
    return ports.length === 0 ? [] : [{ caller: caller.name, ports }];
  });
  return uniqueRules([
    ...frontDoorRules(model, service),
    ...mergeCallers(rules),
    ...(isMonitored(model, service) && service.metrics.port !== undefined
      ? [{ from: [prometheusPeer()], ports: [portRule(service.metrics.port)] }]
      : []),
  ]);
}

/** From the declared proxies; from everywhere while none is declared, for then nobody knows where the edge is. */
function frontDoorRules(model: Model, service: ServiceModel): readonly NetworkPolicyIngressRule[] {
  if (!isFrontDoor(model, service) || service.port === undefined) return [];
  const proxies = edgeNetworks(model).map(addressPeer);
  return [{ ...(proxies.length === 0 ? {} : { from: proxies }), ports: [portRule(service.port)] }];
}

/** Loopback is for hosts: inside a cluster it names nobody else. */
export const edgeNetworks = (model: Model): readonly string[] =>
  model.environment.trustedProxies.filter((network) => !network.startsWith('127.') && !network.startsWith('::1'));

interface CallerPorts {
  readonly caller: string;
  readonly ports: readonly ContainerPort[];
}

/** One rule for all callers of the same ports. */
function mergeCallers(rules: readonly CallerPorts[]): readonly NetworkPolicyIngressRule[] {
  const groups = new Map<string, CallerPorts[]>();
  for (const rule of rules) {
    const key = rule.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [rule]);
    else group.push(rule);
  }
  return [...groups.values()].map((group) => ({
    from: applicationPeers(group.map(({ caller }) => caller)) satisfies NetworkPolicyPeer[],
    ports: (group[0]?.ports ?? []).map(toPortRule),
  }));
}

const uniqueRules = <Rule>(rules: readonly Rule[]): Rule[] => [
  ...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values(),
];
