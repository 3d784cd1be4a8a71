/**
 * The runtime as a library: `app.use(policies(policy))` in anybody's Koa application.
 *
 * Opens no port, no database and no timer. The host answers what passes; it hands in a key directory where routes need
 * one, and whatever it wants to see metrics and logs through.
 */

import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { compose } from './compose.ts';
import { type PolicyParts, policyMiddleware } from './create-app.ts';
import type { KeyDirectory } from './identity/key-directory.ts';
import { createPhase } from './lifecycle/phase.ts';
import type { GatewayMiddleware } from './middleware/exchange.ts';
import { parseRanges } from './policies/client-address.ts';
import { type Clock, systemClock } from './policies/clock.ts';
import { createMemoryLimitStore } from './policies/limit-store.ts';
import { createLog } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import { listUnenforced } from './unenforced.ts';
import { VERSION } from './version.ts';

export interface PoliciesOptions {
  /** Digest of the policy, sent as `x-policy-digest`. Default: `unknown`. */
  readonly digest?: string;
  readonly keys?: KeyDirectory;
  readonly adminToken?: string;
  /** Default: the clock of this machine. */
  readonly clock?: Clock;
  /** Where log lines go. Default: nowhere. */
  readonly log?: { write(line: string): void };
}

/** One Koa middleware that enforces the policy, and the metrics that it records. */
export function policies(
  policy: RuntimePolicy,
  options: PoliciesOptions = {},
): GatewayMiddleware & { readonly metrics: Metrics } {
  const { digest = 'unknown', keys, adminToken, clock = systemClock, log = { write: () => undefined } } = options;
  const store = createMemoryLimitStore();
  const phase = createPhase();
  phase.ready();
  const metrics = createMetrics({
    policy,
    digest,
    version: VERSION,
    unenforced: listUnenforced(policy),
    startedWallMs: clock.wallMs(),
    readings: {
      buckets: () => store,
      isReady: () => true,
      isDraining: () => false,
      dependencies: () => new Map(),
      process: false,
    },
  });
  const parts: PolicyParts = {
    policy,
    digest,
    clock,
    log: createLog(policy, log),
    metrics,
    phase,
    proxies: parseRanges(policy.trust.proxyCidrs) ?? [],
    store,
    keys,
    adminToken,
  };
  return Object.assign(compose(policyMiddleware(parts)), { metrics });
}
