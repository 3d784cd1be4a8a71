/** A bug in a service that uses the runtime as its library, under the compiled policy. */
import { deepEqual, equal } from 'node:assert/strict';
import { createServer } from 'node:http';
import Koa from 'koa';
import { describe } from '../../../compiler/testing/suite.ts';
import type { KeyDirectory } from '../../features/identity/key-directory.ts';
import type { GatewayState } from '../../http/exchange.ts';
import { policies } from '../../library.ts';

import { compiledSystem } from '../compiled.ts';
import { createFakeClock } from '../fake-clock.ts';

import { bind, within } from '../servers.ts';

/** Everybody is known: this is about what comes after. */
const ANYBODY: KeyDirectory = {
  verify: () => ({
    kind: 'known',
    principal: {
      kind: 'api-key',
      keyId: 'k1',
      keyType: undefined,
      tenant: undefined,
      tier: undefined,
      user: undefined,
      organisation: undefined,
      roles: [],
    },
    grace: undefined,
  }),
  used: () => undefined,
};

const THROWS: Readonly<Record<string, () => unknown>> = {
  sync() {
    throw new Error('a secret in a message');
  },
  async async() {
    await new Promise((resolve) => setImmediate(resolve));
    throw new TypeError('a secret in a message');
  },
  string() {
    // biome-ignore lint/style/useThrowOnlyError: libraries do it, and it must not end the process.
    throw 'a secret in a message';
  },
};

describe('a bug of the service', (it) => {
  it(
    '[SIQ-009] thrown in any route is a 500 without its stack, counted, and the process goes on',
    within(20_000, async (later) => {
      const policy = compiledSystem('sentientiq', 'production').policy();
      const clock = createFakeClock();
      const enforce = policies(policy, { keys: ANYBODY, clock });
      const app = new Koa<GatewayState>();
      app.use(enforce);
      app.use((ctx) => {
        const run = THROWS[ctx.get('x-throw')];
        if (run === undefined) {
          ctx.body = String(process.pid);
          return;
        }
        return run();
      });
      const server = createServer(app.callback());
      const url = `http://127.0.0.1:${await bind(server)}`;
      later(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
      const failures = async (route: string): Promise<number> => {
        const series = new RegExp(
          `^http_server_request_duration_seconds_count\\{.*http_route="${route}",http_response_status_code="500"\\} (\\d+)$`,
          'm',
        );
        return Number(series.exec(await enforce.metrics.scrape())?.[1] ?? 0);
      };
      for (const { path, methods } of policy.routes) {
        const call = (kind: string) =>
          fetch(url + path, {
            method: methods[0] ?? 'GET',
            headers: { 'x-api-key': 'any', 'x-throw': kind, 'content-type': 'application/json' },
            ...(methods[0] === 'POST' ? { body: JSON.stringify({ question: 'why?', personas: ['one'] }) } : {}),
          });
        for (const [index, kind] of Object.keys(THROWS).entries()) {
          // A second apart, so that no limit refuses.
          clock.advance(1_000);
          const response = await call(kind);
          const text = await response.text();
          equal(response.status, 500, `${path} ${kind}: ${text}`);
          equal(response.headers.get('content-type'), 'application/problem+json');
          deepEqual(Object.keys(JSON.parse(text)).sort(), ['detail', 'instance', 'status', 'title', 'type']);
          equal(/secret|at .*\.ts/.test(text), false);
          equal(await failures(path), index + 1);
        }
      }
      const after = await fetch(`${url}/health`);
      deepEqual([after.status, await after.text()], [200, String(process.pid)]);
    }),
  );
});
