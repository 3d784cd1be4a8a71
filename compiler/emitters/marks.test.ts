/**
 * Every value of an artifact says where it comes from: it has an origin, or is a constant that is listed here with its reason.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../pipeline.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import { compileDocuments, documentsOf } from '../testing/field-changes.ts';
import { describe } from '../testing/suite.ts';
import { fitsPattern, unmarkedLeaves } from '../testing/unmarked.ts';

/** Parts of the policy that no document decides, each with its reason; `*` is any one step. */
const POLICY_CONSTANTS: Readonly<Record<string, string>> = {
  '/apiVersion': 'the version of the contract',
  '/kind': 'the name of the contract',
  '/auth/admin/env': 'the same for every system',
  '/auth/apiKeys/cacheTtlMs': 'a figure of the runtime',
  '/auth/apiKeys/graceMs': 'where no document speaks of keys',
  '/auth/apiKeys/header': 'the same for every system',
  '/auth/apiKeys/lastUsedFlushMs': 'a figure of the runtime',
  '/auth/apiKeys/maxStaleMs': 'a figure of the runtime',
  '/auth/apiKeys/pepperEnv': 'the same for every system',
  '/limits/*/status': 'what a refusal is (RFC 6585)',
  '/storage/counters/kind': 'where the gateway uses no Redis',
  '/storage/database/env': 'where the gateway uses no database',
  '/storage/database/kind': 'the only kind',
  '/storage/database/pool/acquireTimeoutMs': 'a figure of the runtime',
  '/storage/database/pool/idleTimeoutMs': 'a figure of the runtime',
  '/telemetry/latencyBucketsMs/*': 'advice of the OpenTelemetry conventions',
  '/telemetry/routeLabels': 'the same for every system',
  '/upstreams/*/connectTimeoutMs': 'a figure of the runtime',
  '/upstreams/*/health/healthyAfter': 'a figure of the runtime',
  '/upstreams/*/health/intervalMs': 'a figure of the runtime',
  '/upstreams/*/health/timeoutMs': 'a figure of the runtime',
};

const ROOT = join(import.meta.dirname, '../..');
const everyField = readFileSync(join(ROOT, 'compiler/testing/every-field.yaml'), 'utf8');
const compilations = [
  await compile(loadSources(diskHost, join(ROOT, 'spec')), { specRoot: join(ROOT, 'spec'), today: '2026-11-21' }),
  await compileDocuments(documentsOf(everyField)),
];
const trees = compilations.flatMap(({ environments }) => environments.map(({ files }) => files));

/** The parts without an origin of all files whose path fits, each once. */
function unmarkedIn(path: RegExp, parse: (text: string) => unknown): readonly string[] {
  const found = trees.flatMap((files) => {
    const { files: said } = JSON.parse(files.get('index.json') ?? '');
    return [...files]
      .filter(([name]) => path.test(name))
      .flatMap(([name, text]) => unmarkedLeaves(parse(text), new Set(Object.keys(said[name].origins))));
  });
  return [...new Set(found)].sort();
}

describe('every leaf of a policy', (it) => {
  const unmarked = unmarkedIn(/^runtime\/policy\.json$/, JSON.parse);
  const patterns = Object.keys(POLICY_CONSTANTS);
  it('has an origin or is a listed constant', () => {
    assert.deepEqual(
      unmarked.filter((part) => !patterns.some((pattern) => fitsPattern(part, pattern))),
      [],
    );
  });
  it('is listed only where it is needed', () => {
    assert.deepEqual(
      patterns.filter((pattern) => !unmarked.some((part) => fitsPattern(part, pattern))),
      [],
    );
  });
});
