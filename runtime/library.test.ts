import { equal, match } from 'node:assert/strict';
import { createServer } from 'node:http';
import Koa from 'koa';
import { describe } from '../compiler/testing/suite.ts';
import { policies } from './library.ts';
import type { GatewayState } from './middleware/exchange.ts';
import { testLimit, testPolicy, testRoute } from './testing/policy.ts';
import { bind, within } from './testing/servers.ts';
import { testSignature } from './testing/signing.ts';

describe('library form', (it) => {
  it(
    'enforces the same policy in front of a host application',
    within(8_000, async (later) => {
      const lines: string[] = [];
      const policy = testPolicy({
        limits: { two: testLimit({ requests: 1, perMs: 86_400_000, burst: 2 }) },
        routes: [testRoute({ limits: ['two'], cors: true })],
      });
      const enforce = policies(policy, { log: { write: (line) => lines.push(line) } });
      const app = new Koa<GatewayState>();
      app.use(enforce);
      app.use((ctx) => {
        ctx.body = `host ${ctx.state.exchange.route?.id}`;
      });
      const server = createServer(app.callback());
      const url = `http://127.0.0.1:${await bind(server)}/v1/items`;
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      const first = await fetch(url, { headers: { origin: 'https://app.example.com' } });
      equal(await first.text(), 'host items');
      equal(first.headers.get('x-content-type-options'), 'nosniff');
      equal(first.headers.get('access-control-allow-origin'), 'https://app.example.com');
      equal((await fetch(url)).status, 200);
      equal((await fetch(url)).status, 429);
      equal((await fetch(`${url}x`)).status, 404);
      equal(lines.length, 4);
      match(await enforce.metrics.scrape(), /ratelimit_requests_total\{policy="two",result="refused"\} 1\n/);
    }),
  );

  it(
    'leaves the host the body that it has read, and refuses signed requests without a secret',
    within(8_000, async (later) => {
      const policy = testPolicy({
        auth: { ...testPolicy().auth, signature: testSignature() },
        routes: [
          testRoute({ body: { type: 'object', required: ['a'] } }),
          testRoute({ id: 'signed', path: '/signed', auth: 'signature' }),
        ],
      });
      const app = new Koa<GatewayState>();
      app.use(policies(policy));
      app.use((ctx) => {
        ctx.body = JSON.stringify(Object.entries(ctx.request).find(([name]) => name === 'body')?.[1]);
      });
      const server = createServer(app.callback());
      const url = `http://127.0.0.1:${await bind(server)}`;
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      const post = (path: string, body: string) =>
        fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      equal(await (await post('/v1/items', ' {"a": 1}')).text(), '{"a":1}');
      equal((await post('/v1/items', '{"b": 1}')).status, 400);
      equal((await post('/signed', '{}')).status, 500);
    }),
  );

  it('holds no process open :: no listener, no timer', async () => {
    const before = process.getActiveResourcesInfo().length;
    policies(testPolicy());
    equal(process.getActiveResourcesInfo().length, before);
  });
});
