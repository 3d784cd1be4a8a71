/** Sim-Corp as it is compiled for production: what is scraped of it. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startGateway, startUpstream, within } from '../servers.ts';

const SYSTEM = compiledSystem('sim-corp', 'production');
const AWAY = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  DATABASE_REPLICA_URL: 'postgresql://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
};

describe('Sim-Corp in production', (it) => {
  it(
    '[SIM-051] [SIM-053] [SIM-054] the gateway is up where its ServiceMonitor asks, with rates, latencies and errors by endpoint :: the eleven services have a ServiceMonitor each; what they answer is theirs',
    within(30_000, async (later) => {
      // The edge has one of its own, and the broker tells no metrics.
      const kubernetes = SYSTEM.list('kubernetes').filter((path) => !/^kubernetes\/(?:edge|store-[^/]+)\//.test(path));
      const monitored = kubernetes.flatMap((path) => /servicemonitor-(.+)\.yaml$/.exec(path)?.[1] ?? []);
      const deployed = kubernetes.flatMap((path) => /(?:deployment|statefulset)-(.+)\.yaml$/.exec(path)?.[1] ?? []);
      deepEqual(
        deployed.filter((name) => !monitored.includes(name)),
        [],
      );
      equal(monitored.filter((name) => name !== 'gateway').length, 11);
      const [endpoint] = SYSTEM.data('kubernetes/gateway/servicemonitor-gateway.yaml').spec.endpoints;
      equal(endpoint.path, '/metrics');

      const service = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = SYSTEM.policy(service);
      const gateway = await startGateway(policy, later, { env: { ...testSecrets(), ...AWAY } });
      // Nobody has a key, so this is an error of an endpoint.
      for (let count = 0; count < 3; count += 1) equal((await fetch(`${gateway.url}/v1/missions/7`)).status, 401);
      const scraped = await fetch(gateway.adminUrl + endpoint.path);
      equal(scraped.status, 200);
      const input = await scraped.text();
      const judged = spawnSync(requireTool('promtool'), ['check', 'metrics'], { input, encoding: 'utf8' });
      equal(judged.status, 0, judged.stderr);
      const labels = 'http_request_method="GET",http_route="/v1/missions",http_response_status_code="401"';
      match(input, new RegExp(`^http_server_request_duration_seconds_count\\{${labels}\\} 3$`, 'm'));
      // The objectives are resolvable: 10 ms and 200 ms are bounds of buckets.
      for (const le of ['0.01', '0.2']) {
        match(
          input,
          new RegExp(`^http_server_request_duration_seconds_bucket\\{.*le="${le.replace('.', '\\.')}"\\}`, 'm'),
        );
      }
    }),
  );
});
