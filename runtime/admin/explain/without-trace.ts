/**
 * The parts of the gateway without their effects: nothing is counted, logged or charged.
 * Features are told that it is a rehearsal.
 */

import type { PolicyParts } from '../../gateway/parts.ts';
import { noBugReports } from '../../telemetry/errors/bug-reports.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { idsOnly } from '../../telemetry/traces/request-tracer.ts';

export function withoutTrace(parts: PolicyParts): PolicyParts {
  const log = parts.log.child({}, { level: 'silent' });
  return {
    ...parts,
    metrics: SILENT,
    tracer: idsOnly,
    bugs: noBugReports,
    streams: undefined,
    log,
    stepParts: { ...parts.stepParts, log, metrics: SILENT, isRehearsal: true, onFailedCredential: () => undefined },
  };
}

const SILENT: Metrics = {
  requestStarted: () => undefined,
  requestEnded: () => undefined,
  activeRequests: 0,
  refusedAtFrontDoor: () => undefined,
  authFailed: () => undefined,
  upstreamAnswered: () => undefined,
  upstreamFailed: () => undefined,
};
