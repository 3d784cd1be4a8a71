import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe } from '../../compiler/testing/suite.ts';
import type { Override, RuntimePolicy, Variable } from '../../schemas/runtime-policy.gen.ts';
import { compiledSystem, testSecrets } from '../testing/compiled.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { type Gateway, startGateway, startUpstream, within } from '../testing/servers.ts';
import { fitPolicy } from './fit-policy.ts';
import { loadPolicy } from './load-policy.ts';

const override = (env: string, pointer: string, as: Override['as']): Override => ({ env, pointer, as });

const ORIGINS = override('CORS_ORIGINS', '/cors/origins', 'list');

/** The policy that comes of it, or what is said against it. */
function fit(policy: RuntimePolicy, env: Readonly<Record<string, string>>): RuntimePolicy | string {
  const fitted = fitPolicy(policy, env);
  return fitted.kind === 'fitted' ? fitted.policy : fitted.reasons.join('\n');
}

function policyOf(policy: RuntimePolicy | string): RuntimePolicy {
  if (typeof policy === 'string') throw new Error(policy);
  return policy;
}

const warningsOf = ({ lines }: Gateway) =>
  lines.filter(({ level, variable }) => level === 'warn' && variable !== undefined);

describe('overrides', (it) => {
  const two = ['https://a.example', 'https://b.example'];
  it('[INT-014] CORS_ORIGINS is a comma-separated list, blanks trimmed', () => {
    const policy = fit(testPolicy({ overrides: [ORIGINS] }), {
      CORS_ORIGINS: ' https://a.example , https://b.example,',
    });
    deepEqual(policyOf(policy).cors.origins, two);
  });

  it('[INT-015] CORS_ORIGINS is a JSON array, and a malformed one is a clear error', () => {
    const policy = testPolicy({ overrides: [ORIGINS] });
    deepEqual(policyOf(fit(policy, { CORS_ORIGINS: JSON.stringify(two) })).cors.origins, two);
    for (const text of ['["https://hunter2.example"', '[1]', '["https://hunter2.example",]']) {
      equal(
        fit(policy, { CORS_ORIGINS: text }),
        'CORS_ORIGINS (cors.origins) must be a list, separated by commas or as a JSON array of texts',
      );
    }
  });

  it('[INT-016] the wildcard origin is refused, alone or within a list :: at the start; when compiling, by the checks of the compiler', () => {
    for (const text of ['*', 'https://a.example,*', '["*"]']) {
      const refused = fit(testPolicy({ overrides: [ORIGINS] }), { CORS_ORIGINS: text });
      match(String(refused), /^CORS_ORIGINS \(cors\.origins\) [01]: must match pattern/);
    }
  });

  it('reads each kind of value :: and leaves the policy alone where a variable is unset or empty', () => {
    const policy = testPolicy({
      limits: { one: testLimit() },
      overrides: [
        override('A', '/limits/one/requests', 'integer'),
        override('B', '/shutdown/drainTimeoutMs', 'seconds'),
        override('C', '/cors/credentials', 'boolean'),
        override('D', '/telemetry/logLevel', 'level'),
        override('E', '/limits/one/dryRun', 'boolean'),
        override('F', '/limits/one/capacity', 'integer'),
      ],
    });
    const changed = policyOf(fit(policy, { A: '30', B: '1.5', C: 'TRUE', D: 'WARNING', E: '0', F: '' }));
    equal(changed.limits['one']?.requests, 30);
    equal(changed.shutdown.drainTimeoutMs, 1_500);
    equal(changed.cors.credentials, true);
    equal(changed.telemetry.logLevel, 'warn');
    equal(changed.limits['one']?.dryRun, false);
    equal(changed.limits['one']?.capacity, policy.limits['one']?.capacity);
    equal(fit(policy, {}), policy);
    equal(policy.limits['one']?.requests, 7);
  });

  it('reads levels of the log as the usual programs write them', () => {
    const policy = testPolicy({ overrides: [override('LOG_LEVEL', '/telemetry/logLevel', 'level')] });
    equal(policyOf(fit(policy, { LOG_LEVEL: 'WARNING' })).telemetry.logLevel, 'warn');
    equal(policyOf(fit(policy, { LOG_LEVEL: 'Debug' })).telemetry.logLevel, 'debug');
    equal(
      fit(policy, { LOG_LEVEL: 'loud' }),
      'LOG_LEVEL (telemetry.logLevel) must be a level of the log: debug, info, warn or error',
    );
  });

  it('refuses what cannot be followed, all at once, and never repeats a value', () => {
    const policy = testPolicy({
      limits: { one: testLimit() },
      overrides: [
        override('A', '/limits/one/requests', 'integer'),
        override('B', '/limits/one/capacity', 'integer'),
        override('C', '/telemetry/logLevel', 'text'),
        override('D', '/limits/one/unheard', 'text'),
        override('E', '/upstreams/main/targets', 'list'),
      ],
    });
    const said = fit(policy, { A: 'hunter2', B: '-1', C: 'hunter2', D: 'hunter2', E: 'http://hunter2' });
    deepEqual(String(said).split('\n'), [
      'A (limits.one.requests) must be a whole number',
      'B (limits.one.capacity) must be >= 1',
      'C (telemetry.logLevel) must be one of debug, info, warn, error',
      'D (limits.one.unheard) cannot be placed: limits.one: unknown field unheard',
    ]);
    const together = fit(testPolicy({ overrides: [override('E', '/routes/0/upstream', 'text')] }), { E: 'hunter2' });
    equal(together, 'E: together they break a rule at routes.0.upstream');
  });

  it('follows the variable that a pool names itself', () => {
    const pool = { name: 'anthropic', maxConcurrent: 20, env: 'ANTHROPIC_CONCURRENCY', queue: { max: 1, waitMs: 1 } };
    const policy = testPolicy({ providers: { anthropic: { timeoutMs: 1_000, pool } } });
    equal(policyOf(fit(policy, { ANTHROPIC_CONCURRENCY: '5' })).providers['anthropic']?.pool?.maxConcurrent, 5);
    match(String(fit(policy, { ANTHROPIC_CONCURRENCY: '0' })), /^ANTHROPIC_CONCURRENCY \(.*\) must be >= 1$/);
  });
});

describe('the environment at start', (it) => {
  it(
    '[INT-069] the variable sets requests a minute :: the 31st is refused',
    within(15_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        limits: { 'default-rpm': testLimit({ requests: 600, periodMs: 60_000, capacity: 30 }) },
        routes: [testRoute({ limits: ['default-rpm'] })],
        overrides: [override('DEFAULT_RATE_LIMIT_RPM', '/limits/default-rpm/requests', 'integer')],
      });
      const clock = createFakeClock();
      const gateway = await startGateway(policy, later, { env: { DEFAULT_RATE_LIMIT_RPM: '30' }, clock });
      const call = async () => (await fetch(`${gateway.url}/v1/items`)).status;
      for (let index = 0; index < 30; index += 1) equal(await call(), 200, `request ${index + 1}`);
      equal(await call(), 429);
      // 30 a minute is one in two seconds; the policy's own 600 would have refilled by now.
      clock.advance(1_900);
      equal(await call(), 429);
      clock.advance(100);
      equal(await call(), 200);
      const shown = JSON.stringify(await (await fetch(`${gateway.adminUrl}/policy`)).json());
      match(shown, /"env":"DEFAULT_RATE_LIMIT_RPM","pointer":"\/limits\/default-rpm\/requests","isActive":true/);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      match(metrics, /^policy_overrides\{variable="DEFAULT_RATE_LIMIT_RPM"\} 1$/m);
    }),
  );

  it(
    '[INT-070] the variable sets the burst :: five at once pass, the sixth is refused',
    within(15_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        upstreams: { main: testUpstream(upstream) },
        limits: { 'default-rpm': testLimit({ requests: 60, periodMs: 60_000, capacity: 50 }) },
        routes: [testRoute({ limits: ['default-rpm'] })],
        overrides: [override('DEFAULT_RATE_LIMIT_BURST', '/limits/default-rpm/capacity', 'integer')],
      });
      const gateway = await startGateway(policy, later, {
        env: { DEFAULT_RATE_LIMIT_BURST: '5' },
        clock: createFakeClock(),
      });
      const calls = await Promise.all(Array.from({ length: 6 }, () => fetch(`${gateway.url}/v1/items`)));
      deepEqual(calls.map(({ status }) => status).sort(), [200, 200, 200, 200, 200, 429]);
    }),
  );

  it('reads the policies that the compiler makes :: intent-engine in production', () => {
    const text = readFileSync(
      new URL('../../generated/intent-engine/production/runtime/policy.json', import.meta.url),
      'utf8',
    );
    const loaded = loadPolicy(text);
    ok(loaded.kind === 'policy', JSON.stringify(loaded));
    const env = {
      DATABASE_URL: 'postgresql://db/x',
      REDIS_URL: 'redis://counters',
      API_KEY_PEPPER: 'a pepper of a test, and of no other use',
      TENANT_DEV_MODE: 'True',
      API_KEY: 'dev-api-key',
      CORS_ORIGINS: '*',
      DEFAULT_RATE_LIMIT_RPM: '30',
      DEFAULT_RATE_LIMIT_BURST: '5',
      LOG_LEVEL: 'WARNING',
      WS_PING_INTERVAL: '20',
    };
    const fitted = fitPolicy(loaded.policy, env);
    ok(fitted.kind === 'fitted', JSON.stringify(fitted));
    deepEqual(
      fitted.warnings.map(({ variable }) => variable),
      ['TENANT_DEV_MODE', 'CORS_ORIGINS', 'API_KEY'],
    );
    equal(fitted.policy.auth.tenants?.development?.enabled, false);
    deepEqual(fitted.policy.cors.origins, loaded.policy.cors.origins);
    equal(fitted.policy.telemetry.logLevel, 'warn');
    ok(Object.values(fitted.policy.limits).some(({ requests, capacity }) => requests === 30 && capacity === 5));
    ok(fitted.policy.routes.some(({ websocket }) => websocket?.pingIntervalMs === 20_000));
    match(String(fit(loaded.policy, {})), /^DATABASE_URL must be set$/m);
    // An empty key is as bad as a known one, unless tenants are in the database.
    const warnedOf = (change: Readonly<Record<string, string>>) => {
      const { DATABASE_URL, REDIS_URL, API_KEY_PEPPER } = env;
      const result = fitPolicy(loaded.policy, { DATABASE_URL, REDIS_URL, API_KEY_PEPPER, ...change });
      return result.kind === 'fitted' ? result.warnings.map(({ variable }) => variable) : result;
    };
    deepEqual(warnedOf({ API_KEY: '' }), ['API_KEY']);
    deepEqual(warnedOf({ API_KEY: '', TENANT_STORE_BACKEND: 'db' }), []);
  });

  it('[INT-021] without DATABASE_URL it does not start, and says what is missing', () => {
    const variables = [{ name: 'DATABASE_URL', required: true, format: 'url', onProblem: 'refuse' }] as const;
    equal(fit(testPolicy({ variables }), {}), 'DATABASE_URL must be set');
    ok(typeof fit(testPolicy({ variables }), { DATABASE_URL: 'postgresql://db/x' }) !== 'string');
  });

  const soft = (change: Partial<Variable> & Pick<Variable, 'name'>): Variable => ({
    required: false,
    format: 'text',
    onProblem: 'warn',
    ...change,
  });
  const variables = [
    soft({ name: 'TENANT_DEV_MODE', format: 'boolean', forbidden: ['true'] }),
    soft({
      name: 'API_KEY',
      required: true,
      forbidden: ['dev-api-key'],
      unless: { name: 'TENANT_STORE_BACKEND', value: 'db' },
    }),
    soft({ name: 'CORS_ORIGINS', format: 'origins', forbidden: ['*'] }),
  ];
  const production = testPolicy({ stage: 'production', variables, overrides: [ORIGINS] });

  async function startWith(
    policy: RuntimePolicy,
    env: Readonly<Record<string, string>>,
    later: (cleanUp: () => Promise<unknown>) => void,
  ): Promise<readonly string[]> {
    const gateway = await startGateway(policy, later, { env });
    equal((await fetch(`${gateway.url}/health`)).status, 200);
    const warnings = warningsOf(gateway);
    // Nothing but the names: no value is in any line.
    for (const value of ['dev-api-key', 'true', '"*"']) {
      ok(!warnings.some(({ msg }) => String(msg).includes(value)), String(value));
    }
    return warnings.map(({ variable }) => String(variable));
  }

  it(
    '[INT-029] development tenant mode is one warning, and the process keeps running',
    within(8_000, async (later) => {
      const env = { TENANT_DEV_MODE: 'true', API_KEY: 'a-real-key' };
      deepEqual(await startWith(production, env, later), ['TENANT_DEV_MODE']);
    }),
  );

  it(
    '[INT-004] [INT-030] a default or empty API_KEY is one warning without its value :: none with tenants in the database',
    within(8_000, async (later) => {
      deepEqual(await startWith(production, { API_KEY: 'dev-api-key' }, later), ['API_KEY']);
      deepEqual(await startWith(production, { API_KEY: '' }, later), ['API_KEY']);
      deepEqual(await startWith(production, { API_KEY: 'dev-api-key', TENANT_STORE_BACKEND: 'db' }, later), []);
      deepEqual(await startWith(production, { API_KEY: 'a-real-key' }, later), []);
    }),
  );

  it(
    '[INT-031] a wildcard in CORS_ORIGINS is one warning :: and never gets in force',
    within(8_000, async (later) => {
      const env = { API_KEY: 'a-real-key', CORS_ORIGINS: 'https://a.example,*' };
      deepEqual(await startWith(production, env, later), ['CORS_ORIGINS']);
      deepEqual(policyOf(fit(production, env)).cors.origins, production.cors.origins);
    }),
  );

  it(
    '[INT-032] all three together warn and do not stop it :: silent where the policy declares none',
    within(8_000, async (later) => {
      const env = { TENANT_DEV_MODE: '1', API_KEY: 'dev-api-key', CORS_ORIGINS: '["*"]' };
      deepEqual(await startWith(production, env, later), ['TENANT_DEV_MODE', 'API_KEY', 'CORS_ORIGINS']);
      deepEqual(await startWith(testPolicy(), { ...env, SERVICE_ENVIRONMENT: 'dev' }, later), []);
    }),
  );

  it(
    '[INT-032] on the compiled trees :: production warns of all three and runs, staging says them without a warning and runs',
    within(60_000, async (later) => {
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const bad = { TENANT_DEV_MODE: 'true', API_KEY: 'dev-api-key', CORS_ORIGINS: '*' };
      const stores = { DATABASE_URL: 'postgresql://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' };
      for (const [stage, level] of [
        ['production', 'warn'],
        ['staging', 'info'],
      ] as const) {
        const policy = compiledSystem('intent-engine', stage).policy(upstream);
        const gateway = await startGateway(policy, later, { env: { ...testSecrets(), ...stores, ...bad } });
        equal((await fetch(`${gateway.url}${policy.health.live}`)).status, 200, stage);
        const said = gateway.lines.filter(({ variable }) => variable !== undefined);
        deepEqual(
          said.map(({ variable, level: own }) => [variable, own]),
          [
            ['TENANT_DEV_MODE', level],
            ['CORS_ORIGINS', level],
            ['API_KEY', level],
          ],
        );
        // What is told of is not in force.
        const shown = JSON.stringify(await (await fetch(`${gateway.adminUrl}/policy`)).json());
        ok(!shown.includes('"origins":["*"]') && shown.includes('"development":{"enabled":false'), stage);
      }
    }),
  );
});
