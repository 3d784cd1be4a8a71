/**
 * The ports of a service under the names that containers, Services, probes and monitors all use.
 */
import { PORT_NAMES } from '../../../schemas/kubernetes-conventions.ts';
import type { Origin, ServiceModel } from '../../resolve/model/index.ts';

export interface ContainerPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  readonly origin: Origin;
}

/** Each port once. Where two roles share one port, the first of: API, named by the team, way to providers, metrics, probes. */
export function portsOf(service: ServiceModel): readonly ContainerPort[] {
  const ports: ContainerPort[] = [];
  const add = (
    name: string,
    port: number | undefined,
    origin: Origin | undefined,
    protocol: 'TCP' | 'UDP' = 'TCP',
  ): void => {
    if (
      port === undefined ||
      origin === undefined ||
      ports.some((other) => other.port === port && other.protocol === protocol)
    )
      return;
    ports.push({ name: freeName(name, ports), port, protocol, origin });
  };
  add(PORT_NAMES.http, service.port, service.origin.of('port'));
  for (const { name, port, protocol, origin } of service.ports)
    add(name, port, origin.self, protocol === 'udp' ? 'UDP' : 'TCP');
  add(PORT_NAMES.egress, service.runtime?.egress, service.runtime?.origin.of('egress'));
  add(PORT_NAMES.metrics, service.metrics.port, service.metrics.origin.of('port'));
  add(PORT_NAMES.probe, service.probes?.port, service.probes?.origin.of('port'));
  return ports;
}

/** The name of a TCP port that `portsOf` lists. */
export const portName = (service: ServiceModel, port: number): string | number =>
  portsOf(service).find((other) => other.port === port && other.protocol === 'TCP')?.name ?? port;

/** Probes go to the pod itself, so their own port stays out of the Service. */
export const servicePorts = (service: ServiceModel): readonly ContainerPort[] =>
  portsOf(service).filter((port) => port.name !== PORT_NAMES.probe);

// Port names have at most fifteen characters (RFC 6335).
function freeName(name: string, taken: readonly ContainerPort[]): string {
  let candidate = name;
  for (let number = 2; taken.some((port) => port.name === candidate); number += 1)
    candidate = `${name.slice(0, 12)}-${number}`;
  return candidate;
}
