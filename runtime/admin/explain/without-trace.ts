/**
 * The parts of the gateway without their effects: nothing is counted, logged or charged.
 *
 * Budgets are read where they are kept, so that the answer is that of all replicas.
 */

import type { Charge, ChargeOutcome, LimitStore } from '../../features/rate-limit/charge.ts';
import type { PolicyParts } from '../../gateway/parts.ts';
import { noBugReports } from '../../telemetry/errors/bug-reports.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { idsOnly } from '../../telemetry/traces/request-tracer.ts';

export function withoutTrace(parts: PolicyParts): PolicyParts {
  return {
    ...parts,
    metrics: SILENT,
    tracer: idsOnly,
    bugs: noBugReports,
    streams: undefined,
    log: parts.log.child({}, { level: 'silent' }),
    limits: {
      limiter: parts.limits.limiter,
      store: reading(parts.limits.store),
      metrics: { decided: () => undefined, refused: () => undefined },
    },
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

function reading(store: LimitStore): LimitStore {
  return {
    ...store,
    charge: (charges, nowMs) => Promise.all(charges.map((charge) => judge(store, charge, nowMs))),
    forget: async () => false,
  };
}

/** What a charge would come to. While the store is away its policy decides, as it would. */
async function judge(store: LimitStore, charge: Charge, nowMs: number): Promise<ChargeOutcome> {
  const { rules, cost } = charge;
  const found = await store.read(charge, nowMs);
  if (found === undefined) {
    return { verdict: rules.onStoreFailure === 'closed' ? 'unavailable' : 'uncounted', remaining: 0, resetMs: 0 };
  }
  if (found.remaining >= cost) return { ...found, verdict: 'admitted' };
  return { ...found, verdict: rules.dryRun ? 'would-refuse' : 'refused' };
}
