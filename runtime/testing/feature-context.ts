/** What a feature is opened with, for tests: a fake clock, a silent log, and neither Redis nor a database. */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { FeatureContext } from '../feature.ts';
import { createPhase } from '../http/phase.ts';
import { createBreakers } from '../proxy/breakers.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetricRegistry } from '../telemetry/registry.ts';
import { createFakeClock } from './fake-clock.ts';

export function contextOf(policy: RuntimePolicy): FeatureContext {
  const clock = createFakeClock();
  const log = createLog(policy, { write: () => undefined });
  const registry = createMetricRegistry();
  const shared = { clock, log, registry };
  return {
    ...shared,
    policy,
    env: {},
    phase: createPhase(),
    breakers: createBreakers(shared),
    redis: undefined,
    query: undefined,
    audit: () => undefined,
    loopDelayMs: () => 0,
  };
}
