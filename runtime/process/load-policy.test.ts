import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe } from '../../compiler/testing/suite.ts';
import { defined } from '../../schemas/data/defined.ts';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import schema from '../../schemas/runtime-policy.schema.json' with { type: 'json' };
import { testCache, testCacheUse, testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { loadPolicy } from './load-policy.ts';

const problemsOf = (value: unknown): string => {
  const loaded = loadPolicy(typeof value === 'string' ? value : JSON.stringify(value));
  return loaded.kind === 'invalid' ? loaded.problems.join('\n') : '';
};

function withTenants(tenants: RuntimePolicy['auth']['tenants'], stage: RuntimePolicy['stage'] = 'development') {
  const { auth } = testPolicy();
  return testPolicy({ stage, auth: { ...auth, ...defined({ tenants }) } });
}

/** Each changes one thing of a good policy; the pattern is what is said of it. */
const WRONG: Readonly<Record<string, readonly [unknown, RegExp]>> = {
  'not JSON': ['{', /^not JSON: /],
  'not a policy': [[], /policy: must be object/],
  'another kind': [{ ...testPolicy(), kind: 'Service' }, /^kind: must be RuntimePolicy$/],
  'another version': [
    { ...testPolicy(), apiVersion: 'seaworthy.dev/v9' },
    /^apiVersion: must be seaworthy\.dev\/v1alpha1$/,
  ],
  'an unknown field': [{ ...testPolicy(), rotues: [] }, /^policy: unknown field rotues$/],
  'an unknown field inside': [
    testPolicy({ routes: [{ ...testRoute(), timeout: 1 } as never] }),
    /^routes\.0: unknown field timeout$/,
  ],
  'a missing field': [{ ...testPolicy(), limits: undefined }, /^policy: the field limits is missing$/],
  'a fraction of a millisecond': [
    testPolicy({ routes: [testRoute({ timeoutMs: 0.5 })] }),
    /routes\.0\.timeoutMs: must be integer/,
  ],
  'a secret where a name belongs': [
    testPolicy({ auth: { ...testPolicy().auth, admin: { env: 'hunter2-hunter2' } } }),
    /auth\.admin\.env: must match/,
  ],
  'a star among the origins': [
    testPolicy({ cors: { ...testPolicy().cors, origins: ['*'] } }),
    /cors\.origins\.0: must match/,
  ],
  'null among the origins': [
    testPolicy({ cors: { ...testPolicy().cors, origins: ['null'] } }),
    /cors\.origins\.0: must match/,
  ],
  'a path with dot segments': [testPolicy({ routes: [testRoute({ path: '/a/../b' })] }), /routes\.0\.path: must match/],
  TRACE: [
    testPolicy({ routes: [testRoute({ methods: ['TRACE' as never] })] }),
    /routes\.0\.methods\.0: must be one of GET/,
  ],
  'a header that ends a line': [
    testPolicy({ securityHeaders: { owner: 'runtime', headers: { 'x-a': 'b\r\nc: d' } } }),
    /securityHeaders\.headers\.x-a: must match/,
  ],
  'an upstream that is not there': [
    testPolicy({ routes: [testRoute({ upstream: 'other' })] }),
    /^routes\.0\.upstream: there is no upstream other$/,
  ],
  'an upstream named like a builtin': [
    testPolicy({ routes: [testRoute({ upstream: 'constructor' })] }),
    /there is no upstream constructor/,
  ],
  'an upstream at the metadata of a cloud': [
    testPolicy({ upstreams: { main: testUpstream('http://10.0.0.7', 'http://0xa9fea9fe') } }),
    /^upstreams\.main\.targets\.1: is where a cloud hands out a machine's credentials$/,
  ],
  'a provider at the metadata of a cloud': [
    testPolicy({
      providers: { llm: { timeoutMs: 1_000, targets: [{ name: 'a', url: 'http://metadata.google.internal/v1' }] } },
    }),
    /^providers\.llm\.targets\.0: is where a cloud hands out a machine's credentials$/,
  ],
  'a cache that is not there': [
    testPolicy({ routes: [testRoute({ cache: testCacheUse() })] }),
    /^routes\.0\.cache\.use: there is no cache rules$/,
  ],
  'a shared cache without anything shared': [
    testPolicy({ caches: { rules: testCache({ store: 'redis' }) } }),
    /^caches\.rules\.store: is redis, and storage\.counters names no Redis$/,
  ],
  'a cache before an event stream': [
    testPolicy({ caches: { rules: testCache() }, routes: [testRoute({ kind: 'sse', cache: testCacheUse() })] }),
    /^routes\.0\.cache: answers of kind sse do not end and are not kept$/,
  ],
  'a cache by user where nobody says who he is': [
    testPolicy({ caches: { rules: testCache() }, routes: [testRoute({ cache: testCacheUse({ by: ['user'] }) })] }),
    /^routes\.0\.cache\.by: user is not known where auth is none$/,
  ],
  'a cache for a method that is not served': [
    testPolicy({
      caches: { rules: testCache() },
      routes: [testRoute({ methods: ['POST'], cache: testCacheUse({ methods: ['GET'] }) })],
    }),
    /^routes\.0\.cache\.methods: GET is not a method of this route$/,
  ],
  'a kept answer of a write': [
    testPolicy({
      caches: { rules: testCache() },
      routes: [testRoute({ cache: testCacheUse({ methods: ['POST'] }), invalidates: ['rules'] })],
    }),
    /^routes\.0\.cache\.methods: a POST that invalidates changes something/,
  ],
  'a limit that is not there': [
    testPolicy({ routes: [testRoute({ limits: ['none'] })] }),
    /^routes\.0\.limits: there is no limit none$/,
  ],
  'two routes of one id': [
    testPolicy({ routes: [testRoute(), testRoute({ path: '/b' })] }),
    /^routes: two have the id items$/,
  ],
  'two routes for one request': [
    testPolicy({ routes: [testRoute(), testRoute({ id: 'b', methods: ['POST'] })] }),
    /^routes: two serve POST prefix \/v1\/items$/,
  ],
  'a limit by key on an open route': [
    testPolicy({ limits: { k: testLimit({ per: 'tenant' }) }, routes: [testRoute({ limits: ['k'] })] }),
    /^routes\.0\.limits: k counts by tenant, and this route asks for no API key$/,
  ],
  'a body schema that cannot be compiled': [
    testPolicy({ routes: [testRoute({ body: { type: 'objekt' } })] }),
    /^routes\.0\.body: .*type/,
  ],
  'a body schema with a misspelled keyword': [
    testPolicy({ routes: [testRoute({ body: { type: 'object', requierd: ['a'] } })] }),
    /^routes\.0\.body: .*requierd/,
  ],
  'a body schema with an unknown format': [
    testPolicy({ routes: [testRoute({ body: { type: 'string', format: 'colour' } })] }),
    /^routes\.0\.body: .*colour/,
  ],
  'a body schema that points elsewhere': [
    testPolicy({ routes: [testRoute({ body: { properties: { a: { $ref: 'https://example.com/a.json' } } } })] }),
    /^routes\.0\.body: properties\.a\.\$ref: must point into this schema/,
  ],
  'a body schema that answers later': [
    testPolicy({ routes: [testRoute({ body: { $async: true, type: 'object' } })] }),
    /^routes\.0\.body: .*async/,
  ],
  'a tenant field where nobody has a tenant': [
    testPolicy({ routes: [testRoute({ tenantField: 'tenant_id' })] }),
    /^routes\.0\.tenantField: a key has a tenant, and this route asks for no API key$/,
  ],
  'a share of nothing': [
    testPolicy({ routes: [testRoute({ tenantShare: 0.5 })] }),
    /^routes\.0\.tenantShare: is a share of maxConcurrent, which is not there$/,
  ],
  'a day that does not exist': [
    testPolicy({ routes: [testRoute({ sunset: '2027-02-29' })] }),
    /^routes\.0\.sunset: there is no such day$/,
  ],
  'a signed route without a way to sign': [
    testPolicy({ routes: [testRoute({ auth: 'signature' })] }),
    /^routes\.0\.auth: auth\.signature does not say how requests are signed$/,
  ],
  'roles where nobody has one': [
    testPolicy({ routes: [testRoute({ roles: ['writer'] })] }),
    /^routes\.0\.roles: a key has roles, and this route asks for no API key$/,
  ],
  '[INT-001] development mode in production': [
    withTenants({ store: 'memory', development: { id: 'dev', enabled: true } }, 'production'),
    /^auth\.tenants\.development\.enabled: any key would be accepted, in stage production$/,
  ],
  'a single tenant beside a table of tenants': [
    withTenants({ store: 'database', single: { id: 'default', keyEnv: 'API_KEY' } }),
    /^auth\.tenants\.single: is for the store memory/,
  ],
  'variants that nothing selects': [
    testPolicy({ limits: { k: testLimit({ variants: { a: { requests: 1, periodMs: 1, capacity: 1 } } }) } }),
    /^limits\.k\.variants: only limits by/,
  ],
  'no address range': [
    testPolicy({ trust: { proxyCidrs: ['10.0.0.0/99'] } }),
    /^trust\.proxyCidrs: one is not an address range$/,
  ],
  'one port for both': [
    testPolicy({ listen: { host: 'a', port: 8 }, admin: { host: 'a', port: 8 } }),
    /^admin\.port: is the port of listen$/,
  ],
  'buckets that do not rise': [
    testPolicy({ telemetry: { ...testPolicy().telemetry, latencyBucketsMs: [10, 5] } }),
    /^telemetry\.latencyBucketsMs: must rise$/,
  ],
  'a fixed header that is none': [
    testPolicy({ securityHeaders: { owner: 'runtime', headers: { 'access-control-allow-origin': '*' } } }),
    /is not a fixed header$/,
  ],
  'an override of nothing': [
    testPolicy({ overrides: [{ env: 'A', pointer: '/limits/none/capacity', as: 'integer' }] }),
    /^overrides\.0\.pointer: there is no such place in this policy$/,
  ],
  'an override of what says which policy this is': [
    testPolicy({ overrides: [{ env: 'A', pointer: '/stage', as: 'text' }] }),
    /^overrides\.0\.pointer: this part of the policy cannot be replaced$/,
  ],
  'two overrides of one place': [
    testPolicy({
      overrides: [
        { env: 'A', pointer: '/routes/0/timeoutMs', as: 'integer' },
        { env: 'B', pointer: '/routes/0/timeoutMs', as: 'integer' },
      ],
    }),
    /^overrides: two replace \/routes\/0\/timeoutMs$/,
  ],
  'an unknown dependency': [
    testPolicy({
      health: {
        ...testPolicy().health,
        dependencies: [{ name: 'a', kind: 'upstream', required: true, timeoutMs: 1, upstream: 'b' }],
      },
    }),
    /^health\.dependencies\.0\.upstream: there is no upstream b$/,
  ],
  'one port for gateway and egress': [
    testPolicy({ listen: { host: 'a', port: 8 }, egress: { host: 'b', port: 8 } }),
    /^egress\.port: is the port of listen or admin$/,
  ],
  'a fallback to itself': [
    testPolicy({ providers: { a: { timeoutMs: 1, fallback: 'a' } } }),
    /^providers\.a\.fallback: leads back to a$/,
  ],
  'fallbacks in a circle, with one that leads into it': [
    testPolicy({
      providers: {
        a: { timeoutMs: 1, fallback: 'b' },
        b: { timeoutMs: 1, fallback: 'c' },
        c: { timeoutMs: 1, fallback: 'b' },
      },
    }),
    /^providers\.b\.fallback: leads back to b\nproviders\.c\.fallback: leads back to c$/,
  ],
  'two sizes of one pool': [
    testPolicy({
      providers: {
        a: { timeoutMs: 1, pool: { name: 'p', maxConcurrent: 2, queue: { max: 1, waitMs: 1 } } },
        b: { timeoutMs: 1, pool: { name: 'p', maxConcurrent: 3, queue: { max: 1, waitMs: 1 } } },
      },
    }),
    /^providers\.b\.pool: differs from pool p of a$/,
  ],
  'a throttle of no pool': [
    testPolicy({ providers: { a: { timeoutMs: 1, throttle: { minConcurrent: 1, recoverMs: 1 } } } }),
    /^providers\.a\.throttle: there is no pool that it could lower$/,
  ],
  'a user in the address of a provider': [
    testPolicy({ providers: { a: { timeoutMs: 1, targets: [{ name: 't', url: 'https://me:secret@example.com' }] } } }),
    /^providers\.a\.targets\.0\.url: is no address, or holds a user$/,
  ],
  'two targets of one name': [
    testPolicy({
      providers: {
        a: {
          timeoutMs: 1,
          targets: [
            { name: 't', url: 'https://example.com' },
            { name: 't', url: 'https://example.org' },
          ],
        },
      },
    }),
    /^providers\.a\.targets: two are named t$/,
  ],
  'a breaker that opens at nothing': [
    testPolicy({ upstreams: { main: { ...testUpstream('http://a'), breaker: { openMs: 1, halfOpenProbes: 1 } } } }),
    /^upstreams\.main\.breaker: opens at nothing;/,
  ],
  'a share of failures without a window': [
    testPolicy({
      providers: { a: { timeoutMs: 1, breaker: { failureRatio: 0.5, minimumCalls: 2, openMs: 1, halfOpenProbes: 1 } } },
    }),
    /^providers\.a\.breaker\.failureRatio: needs windowMs and minimumCalls$/,
  ],
};

describe('load policy', (it) => {
  it('accepts a good policy, and its digest is that of its bytes', () => {
    const text = JSON.stringify(testPolicy());
    const loaded = loadPolicy(text);
    ok(loaded.kind === 'policy');
    deepEqual(loaded.policy, testPolicy());
    match(loaded.digest, /^[0-9a-f]{64}$/);
    const other = loadPolicy(`${text}\n`);
    ok(other.kind === 'policy' && other.digest !== loaded.digest);
  });

  it('accepts fallbacks in a row, and pools that are the same', () => {
    const pool = { name: 'p', maxConcurrent: 2, queue: { max: 1, waitMs: 1 } };
    const throttle = { minConcurrent: 1, recoverMs: 1 };
    const providers = {
      a: { timeoutMs: 1, pool, throttle, fallback: 'b' },
      b: { timeoutMs: 1, pool: { ...pool }, fallback: 'c' },
      c: { timeoutMs: 1, targets: [{ name: 't', url: 'https://example.com/v1/' }] },
    };
    equal(problemsOf(testPolicy({ providers, egress: { host: 'a', port: 9 } })), '');
  });

  it('accepts breakers by a share of failures, by failures in a row, and by both', () => {
    const rest = { openMs: 1, halfOpenProbes: 1 };
    const ratio = { failureRatio: 0.5, windowMs: 10, minimumCalls: 2 };
    for (const way of [ratio, { consecutiveFailures: 2 }, { ...ratio, consecutiveFailures: 2 }]) {
      equal(problemsOf(testPolicy({ providers: { a: { timeoutMs: 1, breaker: { ...way, ...rest } } } })), '');
    }
  });

  it('accepts caches of each kind, and a write beside a kept read', () => {
    const { storage } = testPolicy();
    const policy = testPolicy({
      caches: { rules: testCache(), shared: testCache({ store: 'redis' }) },
      storage: { ...storage, counters: { kind: 'redis', env: 'REDIS_URL' } },
      routes: [testRoute({ auth: 'api-key', cache: testCacheUse({ by: ['user'] }), invalidates: ['rules'] })],
    });
    equal(problemsOf(policy), '');
  });

  it('accepts development mode outside production, and its mention where it is off :: near misses', () => {
    const development = { id: 'dev', enabled: true };
    equal(problemsOf(withTenants({ store: 'memory', development }, 'staging')), '');
    equal(problemsOf(withTenants({ store: 'memory', development: { id: 'dev', enabled: false } }, 'production')), '');
    equal(problemsOf(withTenants({ store: 'memory', single: { id: 'default', keyEnv: 'API_KEY' } }, 'production')), '');
    equal(problemsOf(testPolicy({ routes: [testRoute({ auth: 'api-key', roles: ['writer'] })] })), '');
  });

  it('accepts every policy that is compiled in this project', () => {
    const folder = new URL('../../generated/', import.meta.url);
    const policies = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('runtime/policy.json'),
    );
    ok(policies.length >= 12, String(policies.length));
    for (const path of policies) equal(problemsOf(readFileSync(new URL(path, folder), 'utf8')), '', path);
  });

  it('tells all problems at once', () => {
    const problems = problemsOf({ ...testPolicy(), limits: undefined, rotues: [], kind: 'X' });
    equal(problems.split('\n').length, 3);
  });

  for (const [name, [value, pattern]] of Object.entries(WRONG)) {
    it(`refuses ${name}`, () => match(problemsOf(value), pattern));
  }
});

describe('runtime policy schema', (it) => {
  it('is closed at every depth, and describes and shows every field', () => {
    const gaps: string[] = [];
    walk(schema, '', (node, path) => {
      if (node['type'] === 'object' && node['additionalProperties'] === undefined) gaps.push(`${path}: open object`);
      const fields = Object.entries(recordOf(node['properties']));
      gaps.push(...fields.flatMap(([name, field]) => gapsOf(`${path}.${name}`, recordOf(field))));
    });
    deepEqual(gaps, []);
  });
});

function gapsOf(path: string, own: Record<string, unknown>): readonly string[] {
  const field = { ...(typeof own['$ref'] === 'string' ? definition(own['$ref']) : {}), ...own };
  const needsExample = field['type'] !== 'object' && field['const'] === undefined;
  return [
    ...(typeof field['description'] === 'string' ? [] : [`${path}: no description`]),
    ...(needsExample && field['examples'] === undefined ? [`${path}: no example`] : []),
  ];
}

function walk(node: unknown, path: string, visit: (node: Record<string, unknown>, path: string) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(recordOf(node), path);
  for (const [name, child] of Object.entries(node))
    if (name !== 'examples' && name !== 'default') walk(child, `${path}/${name}`, visit);
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function definition(ref: string): Record<string, unknown> {
  return recordOf(recordOf(schema.$defs)[ref.replace('#/$defs/', '')]);
}
