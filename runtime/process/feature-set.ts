/**
 * The features of one process: those that its policy asks for, loaded and open.
 *
 * A policy that comes later may ask for more; one that is no longer asked for stays open, since requests in flight may need
 * it, and holds nothing of the policy that left it out.
 */
import type { Route, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import type { FeatureContext, OnFailedCredential, OpenedFeature, StepParts, Steps } from '../feature.ts';
import { type Apis, FEATURE_NAMES, FEATURES, type FeatureName, type Features } from '../features.ts';
import { onFailedCredential, stepsOf } from '../gateway/compose-features.ts';
import type { Respond } from '../http/exchange.ts';
import type { Operation } from '../http/operations/operation.ts';
import { type Closable, closeAll } from './close-all.ts';

export interface FeatureSet {
  /** Loads and opens what a policy asks for and is not open yet. */
  prepare(policy: RuntimePolicy): Promise<void>;
  /** All that are open follow a policy; `prepare` was asked for it. */
  use(policy: RuntimePolicy): void;
  refresh(policy: RuntimePolicy): void;
  /** What a feature offers; undefined for one that was never asked for. */
  api<Name extends FeatureName>(name: Name): Apis[Name] | undefined;
  steps(parts: StepParts, route: Route): Steps;
  onFailedCredential(parts: Omit<StepParts, 'onFailedCredential'>): OnFailedCredential;
  /** What stands in front of the proxy under a policy. */
  respond(policy: RuntimePolicy, proxy: Respond): Respond;
  operations(policy: RuntimePolicy): readonly Operation[];
  beforeScrape(): Promise<void>;
  close(): Promise<void>;
}

/** `features` are the registered ones, except where a test looks on. */
export function createFeatureSet(context: FeatureContext, features: Features = FEATURES): FeatureSet {
  const opened = new Map<FeatureName, OpenedFeature<unknown>>();

  async function open(name: FeatureName): Promise<void> {
    const openFeature = await features[name].load();
    // Two reloads at once may both have waited for the code.
    if (!opened.has(name)) opened.set(name, openFeature(context));
  }

  const all = () => FEATURE_NAMES.flatMap((name) => opened.get(name) ?? []);

  return {
    async prepare(policy) {
      for (const name of FEATURE_NAMES) {
        if (!opened.has(name) && features[name].isAskedFor(policy)) await open(name);
      }
    },
    use(policy) {
      for (const feature of all()) feature.use(policy);
    },
    refresh(policy) {
      for (const feature of all()) feature.refresh?.(policy);
    },
    // Under each name stands what the feature of that name opened.
    api: <Name extends FeatureName>(name: Name) => opened.get(name)?.api as Apis[Name] | undefined,
    steps: (parts, route) => stepsOf(all(), parts, route),
    onFailedCredential: (parts) => onFailedCredential(all(), parts),
    respond: (policy, proxy) => all().reduce((next, feature) => feature.respond?.(policy, next) ?? next, proxy),
    operations: (policy) =>
      FEATURE_NAMES.filter((name) => features[name].isAskedFor(policy)).flatMap(
        (name) => opened.get(name)?.operations ?? [],
      ),
    async beforeScrape() {
      await Promise.all(all().map((feature) => feature.beforeScrape?.()));
    },
    close: () =>
      closeAll(
        context.log,
        FEATURE_NAMES.toReversed().map((name): Closable => [name, () => opened.get(name)?.close?.()]),
      ),
  };
}
