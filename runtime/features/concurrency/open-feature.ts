/** Opens the counts of requests in flight, and watches the event loop where the host does not. */
import type { FeatureContext, OpenedFeature } from '../../feature.ts';
import { createConcurrency } from './concurrency.ts';
import { watchEventLoopLag } from './event-loop-lag.ts';
import { limitConcurrency } from './limit-concurrency.ts';

export function openConcurrency({
  registry,
  loopDelayMs,
}: Pick<FeatureContext, 'registry' | 'loopDelayMs'>): OpenedFeature<undefined> {
  const lag = loopDelayMs === undefined ? watchEventLoopLag() : undefined;
  const concurrency = createConcurrency(registry, loopDelayMs ?? (() => lag?.ms ?? 0));
  return {
    api: undefined,
    use: () => undefined,
    steps: ({ policy }, route) => ({ concurrency: limitConcurrency(concurrency, policy, route) }),
    close: () => lag?.stop(),
  };
}
