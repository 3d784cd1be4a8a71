/** Which code of features a process has loaded, as V8 lists it: none but the light parts without a policy that asks. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../schemas/runtime-policy.gen.ts';
import { startGatewayProcess } from './testing/gateway-process.ts';
import { testCache, testPolicy } from './testing/policy.ts';
import { within } from './testing/servers.ts';

/** What the rules of a policy, and its fit to the environment, are judged with: read before anything opens. */
const LIGHT = /^(?:feature|[a-z]+-rules|body-schema|describe-faults|plan-providers|secrets)\.ts$/;

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

/** The files of `runtime/features/` that a gateway had loaded when it ended, without those of identity. */
async function loadedFor(policy: RuntimePolicy, later: (cleanUp: () => Promise<unknown>) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-loaded-'));
  later(async () => rmSync(folder, { recursive: true, force: true }));
  const gateway = await startGatewayProcess(policy, later, { NODE_V8_COVERAGE: folder });
  gateway.child.kill('SIGTERM');
  equal(await gateway.exited, 0);
  const urls = readdirSync(folder).flatMap((name) => {
    const coverage: Coverage = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    return coverage.result.map(({ url }) => url);
  });
  const loaded = new Set(urls.flatMap((url) => /\/runtime\/features\/(.+)$/.exec(url)?.[1] ?? []));
  return [...loaded].filter((path) => !path.startsWith('identity/'));
}

const isLight = (path: string): boolean => LIGHT.test(path.slice(path.indexOf('/') + 1));

describe('the code of features', (it) => {
  it(
    'is not loaded for a policy that asks for none :: and that of one feature alone for a policy that asks for it',
    within(60_000, async (later) => {
      const bare = await loadedFor(testPolicy(), later);
      ok(bare.includes('cache/feature.ts'), 'the list itself was read');
      deepEqual(
        bare.filter((path) => !isLight(path)),
        [],
      );
      const cached = await loadedFor(testPolicy({ caches: { rules: testCache() } }), later);
      const code = cached.filter((path) => !isLight(path));
      ok(code.includes('cache/open-feature.ts') && code.includes('cache/memory-store.ts'));
      deepEqual(
        code.filter((path) => !path.startsWith('cache/')),
        [],
      );
    }),
  );
});
