/**
 * The three probes of a container.
 *
 * Readiness decides about traffic and may look at dependencies; liveness and start-up look at the process alone, for a restart cures no
 * dependency. Start-up asks the liveness path, so a database that is down delays traffic and does not kill what waits for it.
 */

import { wholeSeconds } from '../../../schemas/units/index.ts';
import { field, from, type Marked } from '../../marks.ts';
import type { ProbesModel, ServiceModel } from '../../resolve/model/index.ts';
import { IntOrString, type Probe } from './kubernetes-api.ts';
import { portName } from './ports.ts';

export interface ContainerProbes {
  readonly startupProbe: Marked<Probe>;
  readonly readinessProbe: Marked<Probe>;
  readonly livenessProbe: Marked<Probe>;
}

export function probesOf(service: ServiceModel): ContainerProbes | undefined {
  const { probes } = service;
  if (probes === undefined) return undefined;
  const { of } = probes.origin;
  const probe = (path: 'livenessPath' | 'readinessPath', failures: Marked<number>): Marked<Probe> => ({
    httpGet: {
      path: field(probes, path),
      port: from(of('port'), portOf(service, probes)),
      scheme: probes.scheme === 'https' ? from(of('scheme'), 'HTTPS') : undefined,
    },
    periodSeconds: from(of('period'), wholeSeconds(probes.period)),
    timeoutSeconds: from(of('timeout'), wholeSeconds(probes.timeout)),
    failureThreshold: failures,
  });
  return {
    startupProbe: probe('livenessPath', from(of('startWithin'), startupFailures(probes))),
    readinessProbe: probe('readinessPath', field(probes, 'failures')),
    livenessProbe: probe('livenessPath', field(probes, 'failures')),
  };
}

/** As many periods as cover the longest start. */
const startupFailures = ({ startWithin, period }: ProbesModel): number =>
  Math.max(1, Math.ceil(startWithin / 1000 / wholeSeconds(period)));

function portOf(service: ServiceModel, { port }: ProbesModel): IntOrString {
  const name = portName(service, port);
  return typeof name === 'string' ? IntOrString.fromString(name) : IntOrString.fromNumber(name);
}
