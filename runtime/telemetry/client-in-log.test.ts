import { deepEqual, equal } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireTool } from '../../compiler/testing/real-tools.ts';
import { describe } from '../../compiler/testing/suite.ts';
import { testLimit, testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { bind, startGateway, startUpstream, within } from '../testing/servers.ts';

/** A real nginx in front of `upstream`, with the two lines that say who the client is. */
async function startNginx(nginx: string, upstream: string, later: (cleanUp: () => Promise<unknown>) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-nginx-'));
  mkdirSync(join(folder, 'logs'));
  const probe = createServer();
  const port = await bind(probe);
  await new Promise((resolve) => probe.close(resolve));
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr crit;
events {}
http {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${upstream};
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}`,
  );
  const child = spawn(nginx, ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  later(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if ((await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return port;
}

/** Status of a request from one of the addresses of this machine. */
function ask(port: number, localAddress: string, forwardedFor?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
    const options = { host: '127.0.0.1', port, localAddress, path: '/v1/items', headers, agent: false };
    get(options, (res: IncomingMessage) => {
      res.resume();
      res.on('end', () => resolve(res.statusCode ?? 0));
    }).on('error', reject);
  });
}

describe('the client behind nginx', (it) => {
  it(
    '[SIQ-007] is logged by its real address, and an invented hop changes neither line nor budget',
    within(20_000, async (later) => {
      const nginx = requireTool('nginx');
      const upstream = await startUpstream((_req, res) => res.end('ok'), later);
      const policy = testPolicy({
        trust: { proxyCidrs: ['127.0.0.1/32'] },
        upstreams: { main: testUpstream(upstream) },
        limits: { each: testLimit({ per: 'client', requests: 1, periodMs: 86_400_000, capacity: 2 }) },
        routes: [testRoute({ limits: ['each'] })],
      });
      const gateway = await startGateway(policy, later);
      const port = await startNginx(nginx, gateway.url, later);
      const clients = () => gateway.lines.filter((line) => line['route'] === 'items').map((line) => line['client']);
      equal(await ask(port, '127.0.0.5'), 200);
      equal(await ask(port, '127.0.0.5', '203.0.113.9'), 200);
      equal(await ask(port, '127.0.0.5', '203.0.113.10, 10.0.0.1'), 429);
      equal(await ask(port, '127.0.0.6'), 200, 'another client has a budget of its own');
      // Past nginx: nobody speaks for this peer, so what it says is ignored.
      equal(await ask(gateway.port, '127.0.0.7', '127.0.0.5'), 200);
      equal(await ask(gateway.port, '127.0.0.7', '203.0.113.11'), 200);
      equal(await ask(gateway.port, '127.0.0.7', '203.0.113.12'), 429);
      deepEqual(clients(), ['127.0.0.5', '127.0.0.5', '127.0.0.5', '127.0.0.6', '127.0.0.7', '127.0.0.7', '127.0.0.7']);
    }),
  );
});
