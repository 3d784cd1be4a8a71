import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { describe } from '../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { FEATURE_NAMES, FEATURES, type FeatureName } from './features.ts';
import { createFeatureSet } from './process/feature-set.ts';
import { listFrozen } from './process/frozen-fields.ts';
import { checkPolicyRules } from './process/policy-rules.ts';
import { contextOf } from './testing/feature-context.ts';
import { testCache, testLimit, testPolicy, testRoute } from './testing/policy.ts';
import { testSignature } from './testing/signing.ts';

const folderOf = (name: FeatureName): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** For each feature the smallest policy that asks for it. */
const ASKING: Readonly<Record<FeatureName, Partial<RuntimePolicy>>> = {
  rateLimit: { limits: { one: testLimit({}) } },
  signing: {
    auth: { ...testPolicy().auth, signature: testSignature() },
    routes: [testRoute({ auth: 'signature' })],
  },
  concurrency: { routes: [testRoute({ maxConcurrent: 3 })] },
  bodySchema: { routes: [testRoute({ body: { type: 'object' } })] },
  cache: { caches: { rules: testCache() } },
  queues: {
    queues: { jobs: { env: 'REDIS_URL', stream: 'jobs', group: 'workers', reclaimAfterMs: 60_000, maxDeliveries: 5 } },
  },
  providers: { providers: { llm: { timeoutMs: 1_000 } } },
  backups: { backups: { orders: { rpoMs: 3_600_000 } } },
};

describe('the registry of features', (it) => {
  it('has a line for each folder with a feature.ts, and a folder for each line', () => {
    const root = new URL('features/', import.meta.url);
    const folders = readdirSync(root).filter((name) => existsSync(new URL(`${name}/feature.ts`, root)));
    deepEqual(FEATURE_NAMES.map(folderOf).sort(), folders.sort());
    const others = readdirSync(root).filter((name) => !folders.includes(name));
    deepEqual(others, ['identity'], 'whoever calls has an identity, also where the policy asks for none');
  });

  it('opens nothing for a policy that asks for nothing', async () => {
    const features = createFeatureSet(contextOf(testPolicy()));
    await features.prepare(testPolicy());
    deepEqual(
      FEATURE_NAMES.filter((name) => FEATURES[name].isAskedFor(testPolicy())),
      [],
    );
    deepEqual(features.operations(testPolicy()), []);
    await features.close();
  });

  for (const name of FEATURE_NAMES) {
    it(`opens ${name}, and it alone, for a policy that asks for it; a later policy may ask for it, too`, async () => {
      const policy = testPolicy(ASKING[name]);
      deepEqual(checkPolicyRules(policy), []);
      deepEqual(
        FEATURE_NAMES.filter((other) => FEATURES[other].isAskedFor(policy)),
        [name],
      );
      const features = createFeatureSet(contextOf(testPolicy()));
      await features.prepare(testPolicy());
      await Promise.all([features.prepare(policy), features.prepare(policy)]);
      features.use(policy);
      for (const operation of features.operations(policy)) match(operation.path, /^\/v1\/admin\//);
      deepEqual(features.operations(testPolicy()), [], 'operations go with the policy');
      await features.close();
    });
  }

  it('tells one problem for each rule of a feature that a policy breaks', () => {
    const broken = testPolicy({ routes: [testRoute({ tenantShare: 0.5 })] });
    equal(checkPolicyRules(broken).length, 1);
  });

  it('refuses a reload for what a feature opened at start, and for nothing else of it', () => {
    const before = testPolicy({ providers: { llm: { timeoutMs: 1_000 } }, egress: { host: '127.0.0.1', port: 9_091 } });
    const moved = { ...before, egress: { host: '127.0.0.1', port: 9_092 } };
    deepEqual(listFrozen(before, moved), ['egress: changed, and that needs a restart']);
    deepEqual(listFrozen(before, { ...before, providers: { llm: { timeoutMs: 2_000 } } }), []);
  });
});
