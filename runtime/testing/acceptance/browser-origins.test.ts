/**
 * One spec, both owners of headers: the compiled nginx in front of the compiled policy, and the policy alone. What a browser is told must
 * be the same. Two hosts, pages, an API with a bearer token and cookies, sockets beside polling, a service that speaks for itself.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, request } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { WebSocketServer } from 'ws';
import { compilePolicy, type RunningNginx, runEdge } from '../../../compiler/testing/compiled-spec.ts';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createAuthority } from '../certificates.ts';
import { bind, type Gateway, startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { openSocket } from '../websockets.ts';

const APP = 'https://app.shop.example';
const API = 'api.shop.example';
const WWW = 'www.shop.example';

const SPEC = `
apiVersion: seaworthy.dev/v1alpha1
kind: System
metadata: { name: shop }
spec: { title: Shop, targets: { wanted: [nginx, runtime, systemd] } }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Environment
metadata: { name: production, system: shop }
spec:
  stage: production
  domains: [{ host: ${API} }, { host: ${WWW} }, { name: www, host: shop.example }]
  origins: [${APP}]
  cors: { headers: [Authorization, Idempotency-Key], expose: [ETag], maxAge: 1h }
  trustedProxies: [127.0.0.1/32]
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: gateway, system: shop }
spec:
  role: gateway
  port: 8080
  probes: { liveness: /gateway/health, readiness: /gateway/ready }
  process: { manager: systemd }
  metrics: { port: 9090 }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: api, system: shop }
spec:
  port: 3000
  hosts: [api]
  process: { manager: systemd }
  routes:
    - { path: /, name: root, auth: none }
    - { path: /orders, methods: [GET, POST], auth: none }
    - { path: /account, auth: none, cors: { credentials: true, maxAge: 5m } }
    - { path: /own, methods: [PUT], auth: admin-key, cors: service }
    - { path: /hidden, auth: none, cors: false }
    - { path: /socket.io, match: prefix, methods: [GET, POST], upgrade: websocket, auth: none, idleTimeout: 30s, keepAlive: 10s }
---
apiVersion: seaworthy.dev/v1alpha1
kind: Service
metadata: { name: web, system: shop }
spec:
  port: 3001
  hosts: [www]
  pages: true
  process: { manager: systemd }
  routes:
    - { path: /, name: site, match: prefix, auth: none, methods: [GET, POST], cors: false }
`;

/** Says who it is, and speaks of origins and pages itself. */
const service =
  (name: string): RequestListener =>
  (req, res) => {
    req.resume();
    res.setHeader('access-control-allow-origin', 'https://from.the.service');
    if (req.url !== '/plain') res.setHeader('content-security-policy', ["script-src 'self'", 'img-src *']);
    res.setHeader('etag', '"1"');
    if (req.url === '/account') res.setHeader('set-cookie', ['session=1; Secure; SameSite=None']);
    res.end(
      JSON.stringify({
        name,
        method: req.method,
        authorization: req.headers.authorization,
        cookie: req.headers.cookie,
      }),
    );
  };

interface Told {
  readonly status: number;
  readonly body: string;
  all(name: string): readonly string[];
}
type AskAs = (
  path: string,
  options?: { host?: string; method?: string; headers?: Record<string, string> },
) => Promise<Told>;

describe('browsers of other origins', (it) => {
  const test = shareSetUp(it, async (later) => {
    const start = async (name: string) => {
      const server = createServer(service(name));
      const sockets = new WebSocketServer({ server });
      sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`${name}: ${data}`)));
      const port = await bind(server);
      later(async () => {
        for (const socket of sockets.clients) socket.terminate();
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${port}`;
    };
    const addresses: Record<string, string> = { api: await start('api'), web: await start('web') };
    const gatewayOf = (owner: string): Promise<Gateway> => {
      const policy = compilePolicy(
        owner === 'edge' ? SPEC : SPEC.replace('stage: production', '$&\n  headerOwner: runtime'),
      );
      const upstreams = Object.entries(policy.upstreams).map(
        ([name, upstream]) => [name, { ...upstream, targets: [addresses[name] ?? ''] }] as const,
      );
      const loopback = { host: '127.0.0.1', port: 0 };
      return startGateway(
        {
          ...policy,
          listen: loopback,
          admin: loopback,
          upstreams: Object.fromEntries(upstreams),
        },
        later,
        { env: { ADMIN_API_KEY: 'a'.repeat(64) } },
      );
    };
    const behind = await gatewayOf('edge');
    const edge = await runEdge(SPEC, behind.port, API);
    const alone = await gatewayOf('runtime');
    return { edge, alone, asks: [throughEdge(edge), directly(alone.port)] as const };
  });

  const preflight = (method: string, headers: string) => ({
    method: 'OPTIONS',
    headers: { origin: APP, 'access-control-request-method': method, 'access-control-request-headers': headers },
  });
  /** Both answers, which must agree. */
  async function told(asks: readonly AskAs[], names: readonly string[], ...[path, options]: Parameters<AskAs>) {
    const [edge, runtime] = await Promise.all(
      asks.map(async (ask) => {
        const answer = await ask(path, options);
        return [answer.status, ...names.map((name) => answer.all(`access-control-${name}`).join('|'))];
      }),
    );
    deepEqual(edge, runtime, `${path}: edge and runtime disagree`);
    return edge;
  }

  test('a bearer token and a key of repetition may be sent, an etag read, for an hour', 60_000, async ({ asks }) => {
    const names = ['allow-origin', 'allow-headers', 'allow-methods', 'max-age', 'allow-credentials'];
    deepEqual(await told(asks, names, '/orders', preflight('POST', 'authorization,idempotency-key')), [
      204,
      APP,
      'authorization, content-type, idempotency-key',
      'GET, HEAD, POST',
      '3600',
      '',
    ]);
    const call = { headers: { origin: APP, authorization: 'Bearer t' } };
    deepEqual(await told(asks, ['allow-origin', 'expose-headers'], '/orders', call), [
      200,
      APP,
      'etag, ratelimit, ratelimit-policy, retry-after, x-request-id',
    ]);
    for (const ask of asks) equal(JSON.parse((await ask('/orders', call)).body).authorization, 'Bearer t');
  });

  test('a header that nobody listed is not granted', 60_000, async ({ asks }) => {
    for (const ask of asks) {
      const answer = await ask('/orders', preflight('POST', 'x-csrftoken'));
      ok(!answer.all('access-control-allow-headers').join().includes('x-csrftoken'));
    }
  });

  test('cookies travel where the route says so, and nowhere else', 60_000, async ({ asks }) => {
    const names = ['allow-origin', 'allow-credentials', 'max-age'];
    deepEqual(await told(asks, names, '/account', preflight('GET', 'authorization')), [204, APP, 'true', '300']);
    const call = { headers: { origin: APP, cookie: 'session=1' } };
    deepEqual(await told(asks, names.slice(0, 2), '/account', call), [200, APP, 'true']);
    deepEqual(await told(asks, names.slice(0, 2), '/orders', call), [200, APP, '']);
    for (const ask of asks) {
      const answer = await ask('/account', call);
      equal(JSON.parse(answer.body).cookie, 'session=1');
      deepEqual(answer.all('set-cookie'), ['session=1; Secure; SameSite=None']);
    }
    const stranger = { headers: { origin: 'https://evil.example', cookie: 'session=1' } };
    deepEqual(await told(asks, names.slice(0, 2), '/account', stranger), [200, '', '']);
  });

  test('a service that speaks for itself is heard :: its preflights need no key', 60_000, async ({ asks }) => {
    deepEqual(await told(asks, ['allow-origin', 'max-age'], '/own', preflight('PUT', 'x-anything')), [
      200,
      'https://from.the.service',
      '',
    ]);
    const put = { method: 'PUT', headers: { origin: APP } };
    deepEqual(await told(asks, ['allow-origin'], '/own', put), [401, '']);
    // Elsewhere it is not.
    deepEqual(await told(asks, ['allow-origin'], '/hidden', { headers: { origin: APP } }), [200, '']);
    deepEqual(await told(asks, ['allow-origin'], '/orders', {}), [200, '']);
  });

  test('405 can be read, 404 belongs to nobody', 60_000, async ({ asks }) => {
    deepEqual(await told(asks, ['allow-origin'], '/orders', { method: 'DELETE', headers: { origin: APP } }), [
      405,
      APP,
    ]);
    deepEqual(await told(asks, ['allow-origin'], '/hidden', { method: 'POST', headers: { origin: APP } }), [405, '']);
    deepEqual(await told(asks, ['allow-origin'], '/nowhere', { headers: { origin: APP } }), [404, '']);
  });

  test('the same path is another service on another host :: an unknown host is misdirected', 60_000, async (set) => {
    for (const ask of set.asks) {
      const nameAt = async (host: string) => JSON.parse((await ask('/', { host })).body).name;
      deepEqual([await nameAt(API), await nameAt(WWW), await nameAt('shop.example')], ['api', 'web', 'web']);
      equal((await ask('/anything', { host: WWW })).status, 200);
      equal((await ask('/anything', { host: API })).status, 404);
    }
    const [, runtime] = set.asks;
    equal((await runtime('/', { host: `${API.toUpperCase()}:443` })).status, 200);
    equal((await runtime('/', { host: 'shop.internal' })).status, 421);
    equal((await runtime('/gateway/health', { host: 'shop.internal' })).status, 200);
  });

  test('a page keeps what its service says of it, or may load its own origin', 60_000, async ({ asks }) => {
    for (const ask of asks) {
      const page = await ask('/', { host: WWW });
      equal(page.all('content-security-policy').join('|'), "script-src 'self'|img-src *");
      deepEqual(page.all('x-frame-options'), ['DENY']);
      deepEqual(page.all('x-content-type-options'), ['nosniff']);
      const silent = await ask('/plain', { host: WWW });
      equal(silent.all('content-security-policy').length, 1);
      match(silent.all('content-security-policy').join(), /^default-src 'self';/);
      const answer = await ask('/', { host: API });
      deepEqual(answer.all('content-security-policy'), ["default-src 'none'; frame-ancestors 'none'"]);
    }
  });

  test('a real browser sends the token and the cookie, and reads the etag and a refusal', 120_000, async ({ edge }) => {
    // Pages that a test makes up are let through by the test itself, so this one is served.
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-app-'));
    const { certFile, keyFile } = createAuthority(folder).issue('app');
    const app = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_req, res) =>
      res.setHeader('content-type', 'text/html').end('<title>app</title>'),
    );
    const appPort = await bind(app);
    const browser = await chromium.launch({
      executablePath: requireTool('chromium'),
      args: [
        '--no-sandbox',
        '--disable-dev-shm-usage',
        `--host-resolver-rules=MAP app.shop.example:443 127.0.0.1:${appPort}, MAP ${API} 127.0.0.1`,
      ],
    });
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      await page.goto(`${APP}/`);
      const told: unknown = await page.evaluate(`(async () => {
        const api = 'https://${API}:${edge.httpsPort}';
        const call = async (path, init) => {
          const answer = await fetch(api + path, init).catch((error) => ({ failed: String(error) }));
          return answer.failed ?? [answer.status, answer.headers.get('etag'), await answer.text()].join(' ');
        };
        const headers = { authorization: 'Bearer t', 'idempotency-key': '1' };
        return {
          token: await call('/orders', { method: 'POST', headers }),
          own: await call('/orders', { headers: { 'x-other': '1' } }),
          first: await call('/account', { credentials: 'include' }),
          second: await call('/account', { credentials: 'include' }),
          refusal: await call('/orders', { method: 'POST', body: 'x'.repeat(2 ** 21) }),
        };
      })()`);
      const answers = JSON.stringify(told);
      match(answers, /"token":"200 \\"1\\" [^"]*.*Bearer t/);
      match(answers, /"own":"TypeError/);
      match(answers, /"second":"200 [^}]*session=1/);
      match(answers, /"refusal":"413 /);
    } finally {
      await browser.close();
      app.closeAllConnections();
      app.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('polling and sockets share a path', 60_000, async ({ edge, alone, asks }) => {
    for (const ask of asks) {
      const polled = await ask('/socket.io/?transport=polling', { method: 'POST', headers: { origin: APP } });
      equal(polled.status, 200);
      deepEqual(polled.all('access-control-allow-origin'), [APP]);
    }
    const ways = [
      [`https://127.0.0.1:${edge.httpsPort}`, { headers: { host: API }, servername: API, rejectUnauthorized: false }],
      [alone.url, { headers: { host: API } }],
    ] as const;
    for (const [url, options] of ways) {
      const opened = await openSocket(`${url}/socket.io/?transport=websocket`, { ...options, origin: APP });
      if (opened.kind !== 'open') throw new Error(`refused with ${opened.status}`);
      opened.socket.send('hello');
      equal(await opened.next(), 'api: hello');
      opened.socket.close();
      const foreign = await openSocket(`${url}/socket.io/`, { ...options, origin: 'https://evil.example' });
      equal(foreign.kind === 'refused' && foreign.status, 403);
      const plain = await openSocket(`${url}/orders`, { ...options, origin: APP });
      equal(plain.kind, 'refused');
    }
  });
});

const throughEdge =
  (edge: RunningNginx): AskAs =>
  async (path, { host = API, ...options } = {}) => {
    const { status, body, headers } = await edge.ask(path, { host, ...options });
    return { status, body, all: (name) => headers[name] ?? [] };
  };

const directly =
  (port: number): AskAs =>
  (path, { host = API, method = 'GET', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      const call = request(
        { port, host: '127.0.0.1', path, method, headers: { host, ...headers }, agent: false },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += String(chunk);
          });
          response.on('end', () => {
            const raw = response.rawHeaders;
            const all = (name: string) =>
              raw.filter((_value, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name);
            resolve({ status: response.statusCode ?? 0, body, all });
          });
        },
      );
      call.on('error', reject);
      call.end();
    });
