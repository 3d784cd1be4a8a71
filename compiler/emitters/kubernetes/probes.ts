/**
 * The three probes of a container.
 *
 * Readiness decides about traffic and may look at dependencies; liveness and start-up look at the process alone, for a restart cures no
 * dependency. Start-up asks the liveness path, so a database that is down delays traffic and does not kill what waits for it.
 */

import { wholeSeconds } from '../../../schemas/units/index.ts';
import type { ProbesModel, ServiceModel } from '../../resolve/model/index.ts';
import { IntOrString, type Probe } from './kubernetes-api.ts';
import { portName } from './ports.ts';

export interface ContainerProbes {
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
}

export function probesOf(service: ServiceModel): ContainerProbes | undefined {
  const { probes } = service;
  if (probes === undefined) return undefined;
  const probe = (path: string, failures: number): Probe => ({
    httpGet: {
      path,
      port: portOf(service, probes),
      ...(probes.scheme === 'https' ? { scheme: 'HTTPS' } : {}),
    },
    periodSeconds: wholeSeconds(probes.period),
    timeoutSeconds: wholeSeconds(probes.timeout),
    failureThreshold: failures,
  });
  return {
    startupProbe: probe(probes.livenessPath, startupFailures(probes)),
    readinessProbe: probe(probes.readinessPath, probes.failures),
    livenessProbe: probe(probes.livenessPath, probes.failures),
  };
}

/** As many periods as cover the longest start. */
const startupFailures = ({ startWithin, period }: ProbesModel): number =>
  Math.max(1, Math.ceil(startWithin / 1000 / wholeSeconds(period)));

function portOf(service: ServiceModel, { port }: ProbesModel): IntOrString {
  const name = portName(service, port);
  return typeof name === 'string' ? IntOrString.fromString(name) : IntOrString.fromNumber(name);
}
