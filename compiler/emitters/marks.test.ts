/**
 * Every value of an artifact says where it comes from: it has an origin, or is a constant that is listed here with its reason.
 */
import assert from 'node:assert/strict';
import { type Constants, needless, unlisted, unmarkedIn } from '../testing/emitted-trees.ts';
import { describe } from '../testing/suite.ts';

/** Parts of the policy that no document decides, each with its reason; `*` is any one step. */
const POLICY_CONSTANTS: Constants = {
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

describe('every leaf of a policy', (it) => {
  const unmarked = unmarkedIn(/^runtime\/policy\.json$/, JSON.parse);
  it('has an origin or is a listed constant', () => assert.deepEqual(unlisted(unmarked, POLICY_CONSTANTS), []));
  it('is listed only where it is needed', () => assert.deepEqual(needless(unmarked, POLICY_CONSTANTS), []));
});
