import { deepEqual, equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import type { Feature } from '../feature.ts';
import { FEATURE_NAMES, FEATURES, type Features } from '../features.ts';
import { contextOf } from '../testing/feature-context.ts';
import { testCache, testPolicy } from '../testing/policy.ts';
import { createFeatureSet } from './feature-set.ts';

const TWO = testPolicy({ caches: { rules: testCache() }, backups: { orders: { rpoMs: 3_600_000 } } });

/** The registered features; `told` hears when one opens, follows a policy and closes. */
function watched(told: string[]): Features {
  const watch = <Api>(name: string, feature: Feature<Api>): Feature<Api> => ({
    ...feature,
    async load() {
      const open = await feature.load();
      return (context) => {
        told.push(`open ${name}`);
        const opened = open(context);
        return {
          ...opened,
          use(policy) {
            told.push(`use ${name}`);
            opened.use(policy);
          },
          close() {
            told.push(`close ${name}`);
            return opened.close?.();
          },
        };
      };
    },
  });
  // Under each name stands the feature of that name, as before.
  return Object.fromEntries(FEATURE_NAMES.map((name) => [name, watch<unknown>(name, FEATURES[name])])) as Features;
}

describe('the features of a process', (it) => {
  it('are opened once each, in the order of the list, and closed in reverse :: two reloads at once', async () => {
    const told: string[] = [];
    const features = createFeatureSet(contextOf(testPolicy()), watched(told));
    await features.prepare(testPolicy());
    deepEqual(told, []);
    await Promise.all([features.prepare(TWO), features.prepare(TWO)]);
    features.use(TWO);
    await features.close();
    deepEqual(told, ['open cache', 'open backups', 'use cache', 'use backups', 'close backups', 'close cache']);
  });

  it('stay open, and follow, when a policy asks for them no more', async () => {
    const told: string[] = [];
    const features = createFeatureSet(contextOf(TWO), watched(told));
    await features.prepare(TWO);
    features.use(TWO);
    await features.prepare(testPolicy());
    features.use(testPolicy());
    deepEqual(told.slice(2), ['use cache', 'use backups', 'use cache', 'use backups']);
    equal(features.api('cache')?.get('rules'), undefined, 'the cache of the policy before is gone');
    await features.close();
  });
});
