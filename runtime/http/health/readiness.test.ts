import { deepEqual, equal, ok } from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import type { Dependency, RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { testPolicy, testRoute, testUpstream } from '../../testing/policy.ts';
import { startPostgres } from '../../testing/postgres.ts';
import { startRedis } from '../../testing/redis.ts';
import { bind, type Gateway, startGateway, within } from '../../testing/servers.ts';

const PEPPER = 'a pepper for tests, of at least 32 characters';

function withDependencies(dependencies: readonly Dependency[], change: Partial<RuntimePolicy> = {}): RuntimePolicy {
  return testPolicy({ health: { live: '/health', ready: '/ready', dependencies }, ...change });
}

const redisDependency: Dependency = { name: 'redis', kind: 'redis', required: true, timeoutMs: 700, env: 'REDIS_URL' };
const database: Dependency = { name: 'database', kind: 'storage', required: true, timeoutMs: 700 };

interface Ready {
  readonly status: number;
  readonly away: readonly string[];
  readonly named: readonly string[];
}

async function askReady({ url }: Gateway): Promise<Ready> {
  const response = await fetch(`${url}/ready`);
  const body: unknown = await response.json();
  ok(typeof body === 'object' && body !== null && 'away' in body && 'dependencies' in body);
  ok(Array.isArray(body.away) && Array.isArray(body.dependencies));
  return { status: response.status, away: body.away, named: body.dependencies.map(({ name }) => name) };
}

/** Liveness is looked at each time: it must never follow a dependency. */
async function becomes(gateway: Gateway, status: number, away: readonly string[]): Promise<void> {
  const until = performance.now() + 15_000;
  let ready = await askReady(gateway);
  while (performance.now() < until && (ready.status !== status || String(ready.away) !== String(away))) {
    await sleep(50);
    const alive = await fetch(`${gateway.url}/health`);
    equal(alive.status, 200);
    deepEqual(await alive.json(), { status: 'alive' });
    ready = await askReady(gateway);
  }
  deepEqual({ status: ready.status, away: ready.away }, { status, away });
}

describe('readiness', (it) => {
  it(
    "[SIQ-047] [INT-057] follows Redis and names it :: killed, frozen, and back; the runtime's half, without the alert",
    within(60_000, async (later) => {
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const gateway = await startGateway(withDependencies([redisDependency]), later, { env: { REDIS_URL: redis.url } });
      await becomes(gateway, 200, []);
      await redis.kill();
      await becomes(gateway, 503, ['redis']);
      await redis.restart();
      await becomes(gateway, 200, []);
      // A frozen server still takes connections; only an answer tells.
      redis.freeze();
      await becomes(gateway, 503, ['redis']);
      redis.thaw();
      await becomes(gateway, 200, []);
    }),
  );

  it(
    '[INT-054] [INT-056] [SIM-072] [SIM-073] follows the database and names it, while liveness stays 200',
    within(60_000, async (later) => {
      const postgres = await startPostgres(requireTool('postgres'));
      let isStopped = false;
      later(async () => (isStopped ? undefined : postgres.stop()));
      const redis = await startRedis(requireTool('redis-server'));
      later(() => redis.stop());
      const policy = withDependencies(
        [
          database,
          { ...redisDependency, required: true },
          { name: 'same-database', kind: 'postgresql', required: false, timeoutMs: 700, env: 'DATABASE_URL' },
        ],
        { routes: [testRoute({ auth: 'api-key' })] },
      );
      const env = { DATABASE_URL: postgres.url, REDIS_URL: redis.url, API_KEY_PEPPER: PEPPER };
      const gateway = await startGateway(policy, later, { env });
      await becomes(gateway, 200, []);
      postgres.freeze();
      await becomes(gateway, 503, ['database', 'same-database']);
      postgres.thaw();
      await becomes(gateway, 200, []);
      await redis.kill();
      isStopped = true;
      await postgres.stop();
      await becomes(gateway, 503, ['database', 'redis', 'same-database']);
      equal((await fetch(`${gateway.url}/health`)).status, 200);
    }),
  );

  it(
    '[SIM-074] names each dependency that is cut, and only a required one makes it unready',
    within(30_000, async (later) => {
      const listeners = new Map<string, Server>();
      const open = async (name: string): Promise<number> => {
        const server = createServer((socket) => socket.on('error', () => undefined).resume());
        listeners.set(name, server);
        later(async () => server.close());
        return bind(server);
      };
      const upstream = `http://127.0.0.1:${await open('orders')}`;
      const soft = `http://127.0.0.1:${await open('reports')}`;
      const env = { MQTT_URL: `mqtt://127.0.0.1:${await open('mqtt')}` };
      const policy = withDependencies(
        [
          { name: 'mqtt', kind: 'http', required: true, timeoutMs: 500, env: 'MQTT_URL' },
          { name: 'orders', kind: 'upstream', required: true, timeoutMs: 500, upstream: 'main' },
          { name: 'reports', kind: 'upstream', required: false, timeoutMs: 500, upstream: 'reports' },
        ],
        { upstreams: { main: testUpstream(upstream), reports: testUpstream(soft) } },
      );
      const gateway = await startGateway(policy, later, { env });
      await becomes(gateway, 200, []);
      const cut = (name: string) => listeners.get(name)?.close();
      cut('reports');
      await becomes(gateway, 200, ['reports']);
      cut('orders');
      await becomes(gateway, 503, ['orders', 'reports']);
      cut('mqtt');
      await becomes(gateway, 503, ['mqtt', 'orders', 'reports']);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      for (const name of ['mqtt', 'orders', 'reports']) ok(metrics.includes(`dependency_up{dependency="${name}"} 0`));
    }),
  );

  it(
    "[SIQ-052] the public health endpoint answers JSON with 200, on both ports :: the runtime's half, without the probe from outside",
    within(8_000, async (later) => {
      const gateway = await startGateway(testPolicy(), later);
      for (const url of [gateway.url, gateway.adminUrl]) {
        const response = await fetch(`${url}/health`);
        equal(response.status, 200);
        equal(response.headers.get('content-type'), 'application/json');
        equal(response.headers.get('cache-control'), 'no-store');
        deepEqual(await response.json(), { status: 'alive' });
      }
    }),
  );
});
