/** The Intent Reasoning Engine's variables and budgets, on the policy that is compiled for production. Database and Redis are away. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { fitPolicy } from '../../process/fit-policy.ts';
import { compiledSystem } from '../compiled.ts';
import { createFakeClock } from '../fake-clock.ts';
import { startLibraryApp } from '../library-app.ts';
import { startGateway, within } from '../servers.ts';

type Environment = Readonly<Record<string, string>>;

const SYSTEM = compiledSystem('intent-engine', 'production');
/** One process counts for itself. */
const ALONE = { '/storage/counters': { kind: 'memory' }, '/storage/replicas': 1 };
const NEEDED: Environment = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  API_KEY_PEPPER: 'a pepper of a test, and of no other use',
};
const KEY = 'k'.repeat(32);
const TWO = ['https://a.example', 'https://b.example'];

/** The policy that is in force, or why nothing is. */
function fit(env: Environment, policy = SYSTEM.policy(undefined, ALONE)): RuntimePolicy | string {
  const fitted = fitPolicy(policy, env);
  return fitted.kind === 'fitted' ? fitted.policy : fitted.reasons.join('\n');
}

function inForce(env: Environment): RuntimePolicy {
  const policy = fit({ ...NEEDED, API_KEY: KEY, ...env });
  if (typeof policy === 'string') throw new Error(policy);
  return policy;
}

describe('the variables of the Intent Reasoning Engine', (it) => {
  it('[INT-014] CORS_ORIGINS is a comma-separated list, blanks trimmed', () => {
    deepEqual(inForce({ CORS_ORIGINS: ` ${TWO.join(' , ')},` }).cors.origins, TWO);
  });

  it('[INT-015] CORS_ORIGINS is a JSON array, and a malformed one is said and not followed', () => {
    deepEqual(inForce({ CORS_ORIGINS: JSON.stringify(TWO) }).cors.origins, TWO);
    const malformed = fitPolicy(SYSTEM.policy(), { ...NEEDED, API_KEY: KEY, CORS_ORIGINS: '["https://a.example"' });
    ok(malformed.kind === 'fitted');
    deepEqual(
      malformed.warnings.map(({ variable }) => variable),
      ['CORS_ORIGINS'],
    );
    deepEqual(malformed.policy.cors.origins, SYSTEM.policy().cors.origins);
  });

  it('[INT-021] without DATABASE_URL it does not start, and says what is missing', () => {
    const { DATABASE_URL: _away, ...rest } = NEEDED;
    match(String(fit(rest)), /^DATABASE_URL must be set$/m);
  });

  it('the log says as much as LOG_LEVEL asks for, tracing and metrics are switched apart, and sockets are what WS_ says', () => {
    const policy = inForce({
      LOG_LEVEL: 'WARNING',
      ENABLE_TRACING: 'false',
      WS_PING_INTERVAL: '20',
      WS_ENABLED: 'false',
    });
    deepEqual(
      [policy.telemetry.logLevel, policy.telemetry.traces?.enabled, policy.telemetry.metrics],
      ['warn', false, true],
    );
    const socket = policy.routes.find(({ kind }) => kind === 'websocket')?.websocket;
    deepEqual([socket?.pingIntervalMs, socket?.enabled], [20_000, false]);
  });

  /** Variables that a start warned of; the process keeps running. */
  const warnings = async (env: Environment, later: (cleanUp: () => Promise<unknown>) => void) => {
    const gateway = await startGateway(SYSTEM.policy(), later, { env: { ...NEEDED, ...env } });
    equal((await fetch(`${gateway.url}/health`)).status, 200);
    const lines = gateway.lines.filter(({ level, variable }) => level === 'warn' && variable !== undefined);
    for (const value of ['dev-api-key', '"*"']) ok(!JSON.stringify(lines).includes(value), value);
    return lines.map(({ variable }) => String(variable)).sort();
  };

  it(
    '[INT-029] development tenant mode is one warning, and the process keeps running',
    within(30_000, async (later) => {
      deepEqual(await warnings({ TENANT_DEV_MODE: 'true', API_KEY: KEY }, later), ['TENANT_DEV_MODE']);
    }),
  );

  it(
    '[INT-030] a default or empty API_KEY is one warning without its value :: none with tenants in the database',
    within(30_000, async (later) => {
      deepEqual(await warnings({ API_KEY: 'dev-api-key' }, later), ['API_KEY']);
      deepEqual(await warnings({ API_KEY: '' }, later), ['API_KEY']);
      deepEqual(await warnings({ API_KEY: 'dev-api-key', TENANT_STORE_BACKEND: 'db' }, later), []);
      deepEqual(await warnings({ API_KEY: KEY }, later), []);
    }),
  );

  it(
    '[INT-031] a wildcard in CORS_ORIGINS is one warning :: and never gets in force',
    within(30_000, async (later) => {
      deepEqual(await warnings({ API_KEY: KEY, CORS_ORIGINS: 'https://a.example,*' }, later), ['CORS_ORIGINS']);
      deepEqual(inForce({ CORS_ORIGINS: '*' }).cors.origins, SYSTEM.policy().cors.origins);
    }),
  );

  it(
    '[INT-032] all three together warn and do not stop it',
    within(30_000, async (later) => {
      const env = { TENANT_DEV_MODE: '1', API_KEY: 'dev-api-key', CORS_ORIGINS: '["*"]' };
      deepEqual(await warnings(env, later), ['API_KEY', 'CORS_ORIGINS', 'TENANT_DEV_MODE']);
      // Elsewhere it is no warning.
      const staging = await startGateway(compiledSystem('intent-engine', 'staging').policy(), later, {
        env: { ...NEEDED, ...env },
      });
      equal((await fetch(`${staging.url}/health`)).status, 200);
      deepEqual(
        staging.lines.filter(({ level, variable }) => level === 'warn' && variable !== undefined),
        [],
      );
    }),
  );
});

describe('the budgets of its tenants', (it) => {
  const passed = async (count: number, call: () => Promise<Response>): Promise<number> => {
    const answers = await Promise.all(Array.from({ length: count }, call));
    return answers.filter(({ status }) => status === 200).length;
  };

  it(
    '[INT-069] DEFAULT_RATE_LIMIT_RPM=30 :: the 31st of a minute is refused',
    within(20_000, async (later) => {
      const clock = createFakeClock();
      const policy = inForce({ DEFAULT_RATE_LIMIT_RPM: '30', DEFAULT_RATE_LIMIT_BURST: '30' });
      const app = await startLibraryApp(policy, later, { clock });
      const call = () => app.call('/v1/resolve', { tenant: 'a' });
      equal(await passed(31, call), 30);
      clock.advance(1_900);
      equal(await passed(1, call), 0);
      clock.advance(100);
      equal(await passed(1, call), 1);
    }),
  );

  it(
    '[INT-070] DEFAULT_RATE_LIMIT_BURST=5 :: five at once pass, the sixth is refused',
    within(20_000, async (later) => {
      const app = await startLibraryApp(inForce({ DEFAULT_RATE_LIMIT_BURST: '5' }), later, {
        clock: createFakeClock(),
      });
      equal(await passed(6, () => app.call('/v1/resolve', { tenant: 'a' })), 5);
    }),
  );

  it(
    '[INT-071] a tenant of the tier professional has budgets of its own :: another tenant has the ordinary ones',
    within(20_000, async (later) => {
      const app = await startLibraryApp(inForce({}), later, { clock: createFakeClock() });
      const ordinary = await passed(200, () => app.call('/v1/resolve', { tenant: 'a' }));
      const professional = await passed(200, () => app.call('/v1/resolve', { tenant: 'b', tier: 'professional' }));
      ok(ordinary >= 10 && ordinary <= 11, String(ordinary));
      ok(professional >= 100 && professional <= 101, String(professional));
    }),
  );

  it(
    '[INT-067] refusals are counted by tenant, under the name that its alert can ask for',
    within(20_000, async (later) => {
      const app = await startLibraryApp(inForce({}), later, { clock: createFakeClock() });
      const ordinary = await passed(30, () => app.call('/v1/resolve', { tenant: 'shop-7' }));
      const series = /ratelimit_refused_tenant_requests_total\{policy="[^"]+",tenant="shop-7"\} (\d+)\n/;
      equal(Number(series.exec(await app.scrape())?.[1]), 30 - ordinary);
    }),
  );
});
