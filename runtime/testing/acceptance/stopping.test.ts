/** How long a gateway of Sim-Corp takes to stop: the process itself, under its policy as compiled, with a request that does not end. */
import { equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { CLOSING_MS } from '../../../schemas/shutdown.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { type GatewayProcess, startGatewayProcess } from '../gateway-process.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { startPostgres } from '../postgres.ts';
import { startUpstream, within } from '../servers.ts';

const SYSTEM = compiledSystem('sim-corp', 'production');

/** A key, as an administrator makes it. */
async function createKey({ adminUrl }: GatewayProcess, token: string): Promise<string> {
  while ((await fetch(`${adminUrl}/ready`)).status !== 200) await sleep(50);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ label: 'acceptance', organisation: 'acme', user: 'jo' });
  const made = await fetch(`${adminUrl}/v1/admin/keys`, { method: 'POST', headers, body });
  const text = await made.text();
  equal(made.status, 201, text);
  return JSON.parse(text).text;
}

describe('a gateway of Sim-Corp that is told to stop', (it) => {
  it(
    '[SIM-075] is gone within its drain and closing, whoever never ends :: what ends meanwhile is answered whole',
    within(150_000, async (later) => {
      const postgres = await startPostgres(requireTool('postgres'));
      later(() => postgres.stop());
      const redis = await startTestRedis(requireTool('redis-server'), later);
      const held: (() => void)[] = [];
      const service = await startUpstream((req, res) => {
        req.resume();
        held.push(() => res.end('whole'));
      }, later);
      const policy = SYSTEM.policy(service);
      const secrets = testSecrets();
      const env = { ...secrets, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
      const gateway = await startGatewayProcess(policy, later, env);
      const headers = { 'x-api-key': await createKey(gateway, secrets['ADMIN_API_KEY'] ?? '') };
      const call = () =>
        fetch(`${gateway.url}/v1/sessions`, { method: 'POST', headers }).then(
          async (answer) => `${answer.status} ${await answer.text()}`,
          () => 'cut',
        );
      const ends = call();
      while (held.length < 1) await sleep(10);
      const never = call();
      while (held.length < 2) await sleep(10);

      const { drainDelayMs, drainTimeoutMs } = policy.shutdown;
      const startedMs = performance.now();
      gateway.child.kill('SIGTERM');
      while (!gateway.lines.some((line) => line.includes('"draining"'))) await sleep(10);
      held[0]?.();
      equal(await ends, '200 whole');
      ok(gateway.isAlive(), 'it waits for the other');
      await gateway.exited;
      const tookMs = performance.now() - startedMs;
      ok((await never) !== '200 whole');
      // A second part for closing is what a machine under load may add; Kubernetes would wait longer still.
      const mostMs = drainDelayMs + drainTimeoutMs + CLOSING_MS;
      ok(tookMs < mostMs + CLOSING_MS, `${tookMs} ms, of ${mostMs}`);
      ok(tookMs > (drainDelayMs + drainTimeoutMs) * 0.9, `${tookMs} ms: it did not wait`);
      const { spec } = SYSTEM.data('kubernetes/gateway/deployment-gateway.yaml').spec.template;
      ok(mostMs < spec.terminationGracePeriodSeconds * 1_000);
    }),
  );
});
