/**
 * Where the runtime and the services listen, and who may speak for a client.
 *
 * Owns the two worlds: in Kubernetes a service has a name and the pod network lies between the hops, on hosts every process listens
 * on loopback behind nginx. The edge and the policy take their addresses from here, so they cannot disagree.
 */
import { defined } from '../../../schemas/data/defined.ts';
import { sortTexts } from '../../../schemas/data/texts.ts';
import type { Listen } from '../../../schemas/runtime-policy.gen.ts';
import { operatorsPort, USUAL_PORT } from '../../../schemas/runtime-ports.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { memoByModel } from '../memo-by-model.ts';

/** In a pod: IPv6 and, where the node has it, IPv4 too. The runtime falls back to IPv4 where the node has no IPv6. */
const EVERY_ADDRESS = '::';

const LOOPBACK = ['127.0.0.1/32', '::1/128'] as const;

/** RFC 1918, 6598 and 4193. */
const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'] as const;

/** The service that runs the Seaworthy runtime, if the system has one. */
export const gatewayOf = memoByModel((model): ServiceModel | undefined =>
  model.services.find((service) => service.role === 'gateway'),
);

export const wantsContainers = (model: Model): boolean => model.system.targets.wanted.includes('kubernetes');

/** Whether requests pass the Seaworthy runtime. */
export const hasRuntime = (model: Model): boolean =>
  gatewayOf(model) !== undefined || model.system.targets.wanted.includes('runtime');

/** Host and port of every instance of a service; empty for a service without a port. */
export function instancesOf(model: Model, service: ServiceModel): readonly string[] {
  if (wantsContainers(model)) {
    return service.port === undefined
      ? []
      : [`${service.name}.${model.environment.namespace}.svc.cluster.local:${service.port}`];
  }
  const listed = service.process?.instancePorts ?? [];
  const ports = listed.length > 0 ? listed : service.port === undefined ? [] : [service.port];
  return [...new Set(ports)].map((port) => `127.0.0.1:${port}`);
}

/** Host and port of every process of the runtime. */
export function runtimeInstances(model: Model): readonly string[] {
  const gateway = gatewayOf(model);
  const listed = gateway === undefined ? [] : instancesOf(model, gateway);
  if (listed.length > 0) return listed;
  const { port } = listenAddress(model);
  return [
    wantsContainers(model) ? `gateway.${model.environment.namespace}.svc.cluster.local:${port}` : `127.0.0.1:${port}`,
  ];
}

/** On a host behind nginx only loopback may reach the runtime. */
export function listenAddress(model: Model): Listen {
  const isBehindLocalEdge = !wantsContainers(model) && model.system.targets.wanted.includes('nginx');
  const gateway = gatewayOf(model);
  return {
    host: isBehindLocalEdge ? '127.0.0.1' : wantsContainers(model) ? EVERY_ADDRESS : '0.0.0.0',
    port: gateway?.port ?? USUAL_PORT,
    ...defined({ keepAliveMs: gateway?.keepAliveTimeout }),
  };
}

/** Pods are scraped from other nodes; on a host the metrics stay on loopback. */
export function adminAddress(model: Model): Listen {
  const port = operatorsPort(listenAddress(model).port, gatewayOf(model)?.metrics.port);
  return { host: wantsContainers(model) ? EVERY_ADDRESS : '127.0.0.1', port };
}

/** Where services call providers. Whoever may call them for nothing is on this machine, or is let in by a NetworkPolicy. */
export function egressAddress(model: Model): Listen | undefined {
  const port = gatewayOf(model)?.runtime?.egress;
  return port === undefined ? undefined : { host: wantsContainers(model) ? EVERY_ADDRESS : '127.0.0.1', port };
}

/**
 * Peers whose forwarded headers the runtime believes: the declared proxies, and nginx on the same host. Where nginx runs in pods beside it and
 * nobody declared their network, whatever is private: no spec knows the network of pods, and the policy of the gateway lets only nginx in.
 */
export function trustedNetworks(model: Model): string[] {
  const isBehindLocalEdge = !wantsContainers(model) && model.system.targets.wanted.includes('nginx');
  const { edge, domains, trustedProxies } = model.environment;
  const isBehindEdgePods = edge?.kind === 'nginx' && domains.length > 0 && trustedProxies.length === 0;
  const known = isBehindLocalEdge ? LOOPBACK : isBehindEdgePods ? PRIVATE : [];
  return sortTexts([...new Set([...trustedProxies, ...known])]);
}
