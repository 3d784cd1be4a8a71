/** What gateways of the systems, as they are compiled, pass on: streams beside requests, credentials, and the time to stop. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { request } from 'node:http';
import { describe } from '../../../compiler/testing/suite.ts';
import { CLOSING_MS } from '../../../schemas/shutdown.ts';
import { alteredPolicy, compiledSystem, testSecrets } from '../compiled.ts';
import { startGateway, startUpstream, within } from '../servers.ts';

describe('connections as compiled', (it) => {
  it(
    '[SIQ-066] 200 streams reach SentientIQ at once, and a debate does not wait behind them :: without keys, rates and bodies, which would hold one client back',
    within(60_000, async (later) => {
      let opened = 0;
      const service = await startUpstream((req, res) => {
        req.resume();
        if (!req.url?.startsWith('/v1/boardroom')) return void res.end('ok');
        opened += 1;
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.flushHeaders();
      }, later);
      const compiled = compiledSystem('sentientiq', 'production').policy(service);
      const routes = compiled.routes.map(({ body: _body, ...route }) => ({
        ...route,
        auth: 'none' as const,
        limits: [],
      }));
      const gateway = await startGateway(alteredPolicy(compiled, { routes }), later, {
        env: { ...testSecrets(), REDIS_URL: 'redis://127.0.0.1:1' },
      });
      const open = () =>
        new Promise<number>((resolve, reject) => {
          const call = request(`${gateway.url}/v1/boardroom`, { method: 'POST', agent: false }, (res) =>
            resolve(res.statusCode ?? 0),
          );
          later(async () => call.destroy());
          call.on('error', reject);
          call.end();
        });
      const statuses = await Promise.all(Array.from({ length: 200 }, open));
      deepEqual([...new Set(statuses), opened], [200, 200]);
      equal((await fetch(`${gateway.url}/v1/debates`, { method: 'POST' })).status, 200);
    }),
  );

  it('[SIM-075] every gateway of Sim-Corp stops within 30 s in all', () => {
    for (const environment of ['production', 'staging', 'development']) {
      const { drainTimeoutMs } = compiledSystem('sim-corp', environment).policy().shutdown;
      ok(drainTimeoutMs > 0 && drainTimeoutMs + CLOSING_MS <= 30_000, `${environment}: ${drainTimeoutMs}`);
    }
  });

  it('the products that check credentials themselves see them :: Intent engine on every guarded route, Jamey where keys are rotated', () => {
    const seen = (system: Parameters<typeof compiledSystem>[0]) =>
      compiledSystem(system, 'production')
        .policy()
        .routes.flatMap(({ path, credentials }) => (credentials === 'forward' ? [path] : []));
    deepEqual(seen('intent-engine').sort(), ['/v1', '/v1/admin/tenants', '/v1/ws']);
    deepEqual(seen('jamey'), ['/admin/keys/rotate']);
    deepEqual(seen('sim-corp'), []);
  });
});
