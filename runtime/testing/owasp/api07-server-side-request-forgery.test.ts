/**
 * OWASP API7:2023 :: no caller, no upstream and no name server chooses whom the runtime connects to.
 *
 * What holds against DNS rebinding: targets are names of the policy alone, each new connection refuses a name that means
 * instance metadata, and the way out answers on loopback to names of loopback only. What does not: a name of the policy
 * that its owner binds to another private address is reached there, since private addresses are what upstreams have.
 */
import { equal, match, ok } from 'node:assert/strict';
import dns from 'node:dns';
import { createServer } from 'node:net';
import { mock } from 'node:test';
import { describe } from '../../../compiler/testing/suite.ts';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { loadPolicy } from '../../process/load-policy.ts';
import { attack, type Reply } from '../attacker.ts';
import { testPolicy, testRoute, testUpstream } from '../policy.ts';
import { startRecordingUpstream } from '../recording-upstream.ts';
import { bind, startGateway, startUpstream } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';

type Later = Parameters<typeof startGateway>[1];

/** Somebody who must never be connected to. */
async function startVictim(later: Later) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecret');
  });
  const port = await bind(server);
  later(async () => server.close());
  return { host: `127.0.0.1:${port}`, connections: () => connections };
}

async function start(later: Later) {
  const victim = await startVictim(later);
  const upstream = await startRecordingUpstream(later);
  const redirecting = await startUpstream((req, res) => {
    const status = Number(req.url?.slice(-3));
    const location = `http://${victim.host}/latest/meta-data`;
    res.writeHead(status, { location, refresh: `0; url=${location}`, 'content-length': 0 }).end();
  }, later);
  const provider = (url: string) => ({ timeoutMs: 3_000, targets: [{ name: 'only', url }] });
  const policy = testPolicy({
    upstreams: {
      main: testUpstream(upstream.url),
      redirecting: testUpstream(redirecting),
      rebound: testUpstream('http://orders.rebound.invalid:80'),
    },
    routes: [
      testRoute(),
      testRoute({ id: 'redirecting', path: '/v1/redirecting', upstream: 'redirecting' }),
      testRoute({ id: 'rebound', path: '/v1/rebound', upstream: 'rebound' }),
      testRoute({
        id: 'socket',
        path: '/ws',
        kind: 'websocket',
        methods: ['GET'],
        upstream: 'rebound',
        websocket: { enabled: true, maxConnectionsPerTenant: 9, pingIntervalMs: 9_000 },
      }),
    ],
    egress: { host: '127.0.0.1', port: 0 },
    providers: {
      llm: provider(`${upstream.url}/base/v1`),
      redirecting: provider(redirecting),
      rebound: provider('http://llm.rebound.invalid'),
    },
  });
  const gateway = await startGateway(policy, later);
  return { ...gateway, egressPort: Number(new URL(gateway.egressUrl ?? '').port), upstream, victim };
}

const REDIRECTS = [301, 302, 303, 307, 308];

describe('OWASP API7 :: server side request forgery', (it) => {
  const test = shareSetUp(it, start);

  test(
    'a target that names somebody else is refused :: no form of it is forwarded',
    60_000,
    async ({ port, upstream, victim }) => {
      upstream.clear();
      const targets = [
        `http://${victim.host}/`,
        `HTTP://${victim.host}/v1/items`,
        `https://${victim.host}/v1/items`,
        `//${victim.host}/v1/items`,
        `/\\${victim.host}/v1/items`,
        `http:///${victim.host}/`,
        `http://a@${victim.host}/v1/items`,
        victim.host,
        'http://169.254.169.254/latest/meta-data/',
        'file:///etc/passwd',
        'gopher://127.0.0.1:6379/_INFO',
      ];
      for (const target of targets) equal((await attack(port, `GET ${target}`)).status, 400, target);
      const tunnel = await attack(port, `CONNECT ${victim.host}`);
      ok([0, 400, 404, 405, 501].includes(tunnel.status), tunnel.head);
      equal(upstream.requests.length, 0);
      equal(victim.connections(), 0);
    },
  );

  test(
    'a header that names somebody else changes nothing :: the upstream is the policy’s, and so is its Host',
    60_000,
    async ({ port, upstream, victim }) => {
      const { host } = victim;
      const fields = [
        [`Host: ${host}`],
        [`Host: a`, `X-Forwarded-Host: ${host}`],
        [`X-Forwarded-Server: ${host}`, `X-Host: ${host}`, `X-Original-Host: ${host}`],
        [`Forwarded: host=${host};for=${host}`],
        [`X-Original-URL: http://${host}/`, `X-Rewrite-URL: http://${host}/`],
        [`Destination: http://${host}/`, `Referer: http://${host}/`, `Location: http://${host}/`],
        ['X-Upstream: http://169.254.169.254', `X-Provider-Target: ${host}`],
        [`Proxy-Connection: keep-alive`, `Proxy: http://${host}`],
      ];
      for (const lines of fields) {
        upstream.clear();
        equal((await attack(port, `GET /v1/items?url=http://${host}/`, lines)).status, 200, lines.join());
        const [request] = upstream.requests;
        equal(request?.line, `GET /v1/items?url=http://${host}/ HTTP/1.1`);
        const seen = new Map(request?.fields);
        equal(`http://${seen.get('host')}`, upstream.url, lines.join());
        const told = lines.some((line) => line === `Host: ${host}`) ? host : 'a';
        equal(seen.get('x-forwarded-host'), told, lines.join());
      }
      equal((await attack(port, 'GET /v1/items', [`Host: a`, `Host: ${host}`])).status, 400);
      equal(victim.connections(), 0);
    },
  );

  test(
    'a redirect is handed on and not followed :: of upstreams and of providers',
    60_000,
    async ({ port, egressPort, victim }) => {
      for (const status of REDIRECTS) {
        equal((await attack(port, `GET /v1/redirecting/${status}`)).status, status);
        equal((await attack(egressPort, `GET /redirecting/${status}`, ['Host: localhost'])).status, status);
        equal((await attack(egressPort, `POST /redirecting/${status}`, ['Host: localhost'], 'x')).status, status);
      }
      equal(victim.connections(), 0);
    },
  );

  test(
    'the way out leads to providers of the policy, and below their base address',
    60_000,
    async ({ egressPort, upstream, victim }) => {
      upstream.clear();
      const ask = (target: string, ...fields: readonly string[]): Promise<Reply> =>
        attack(egressPort, `GET ${target}`, ['Host: localhost', ...fields]);
      const refused: Readonly<Record<string, number>> = {
        [`http://${victim.host}/llm/x`]: 400,
        [`//${victim.host}/llm/x`]: 400,
        [`/${victim.host}/x`]: 404,
        [`/http://${victim.host}/x`]: 400,
        '/': 404,
        '/unknown/x': 404,
        '/__proto__/x': 404,
        '/constructor/x': 404,
        '/llm/../admin': 400,
        '/llm/../../admin': 400,
        '/llm/%2e%2e/admin': 400,
        '/llm/..;/admin': 400,
        '/llm/..%2fadmin': 400,
        '/llm/\\..\\admin': 400,
        '/llm//admin': 400,
      };
      for (const [target, status] of Object.entries(refused)) equal((await ask(target)).status, status, target);
      equal((await ask('/llm/x', `X-Provider-Target: ${victim.host}`)).status, 404);
      equal(upstream.requests.length, 0);
      for (const [target, line] of [
        ['/llm/models?next=http://169.254.169.254/', 'GET /base/v1/models?next=http://169.254.169.254/ HTTP/1.1'],
        [`/llm/@${victim.host}/x`, `GET /base/v1/@${victim.host}/x HTTP/1.1`],
        ['/llm', 'GET /base/v1 HTTP/1.1'],
      ] as const) {
        upstream.clear();
        equal((await ask(target)).status, 200, target);
        equal(upstream.requests[0]?.line, line);
        equal(`http://${new Map(upstream.requests[0]?.fields).get('host')}`, upstream.url);
      }
      equal(victim.connections(), 0);
    },
  );

  test(
    'a page that reaches the way out by a name of its own gets nothing :: loopback answers to names of loopback',
    60_000,
    async ({ egressPort, upstream }) => {
      upstream.clear();
      const ask = async (...fields: readonly string[]): Promise<number> =>
        (await attack(egressPort, 'GET /llm/models', fields)).status;
      // After rebinding a browser takes this for the page's own origin: it sends neither Origin nor Sec-Fetch-Site over http.
      for (const host of [
        'evil.example',
        `evil.example:${egressPort}`,
        '127.0.0.1.evil.example',
        'localhost.evil.example',
      ])
        equal(await ask(`Host: ${host}`), 403, host);
      equal(await ask('Host: localhost', 'Origin: http://evil.example'), 403);
      equal(await ask('Host: localhost', 'Sec-Fetch-Site: cross-site'), 403);
      equal(upstream.requests.length, 0);
      for (const host of [
        `127.0.0.1:${egressPort}`,
        'localhost',
        `LOCALHOST:${egressPort}`,
        '[::1]:1',
        'egress.localhost',
      ])
        equal(await ask(`Host: ${host}`), 200, host);
    },
  );

  test('a policy with a target at instance metadata is not loaded', 30_000, async () => {
    const targets = [
      'http://169.254.169.254',
      'http://[fd00:ec2::254]',
      'http://metadata.google.internal',
      'http://0xA9FEA9FE',
    ];
    const problemsOf = (policy: RuntimePolicy): string => {
      const loaded = loadPolicy(JSON.stringify(policy));
      return loaded.kind === 'invalid' ? loaded.problems.join() : '';
    };
    for (const target of targets) {
      match(problemsOf(testPolicy({ upstreams: { main: testUpstream(target) } })), /^upstreams\.main\.targets\.0: /);
      const providers = { llm: { timeoutMs: 900, targets: [{ name: 'a', url: `${target}/v1` }] } };
      match(problemsOf(testPolicy({ providers })), /^providers\.llm\.targets\.0: /);
    }
    equal(problemsOf(testPolicy({ upstreams: { main: testUpstream('http://10.0.0.7:80') } })), '');
  });

  test(
    'a name that is bound anew to instance metadata is not followed there :: requests, sockets, providers',
    60_000,
    async ({ port, egressPort, lines }) => {
      const real = dns.lookup;
      const told: string[] = [];
      mock.method(
        dns,
        'lookup',
        (name: string, options: dns.LookupOptions, callback: (...found: unknown[]) => void) => {
          if (!name.endsWith('.rebound.invalid')) {
            Reflect.apply(real, dns, [name, options, callback]);
            return;
          }
          told.push(name);
          const address = '169.254.169.254';
          if (options.all === true) callback(null, [{ address, family: 4 }]);
          else callback(null, address, 4);
        },
      );
      try {
        equal((await attack(port, 'GET /v1/rebound')).status, 502);
        equal((await attack(egressPort, 'GET /rebound/x', ['Host: localhost'])).status, 502);
        const handshake = [
          'Upgrade: websocket',
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
          'Sec-WebSocket-Version: 13',
        ];
        equal((await attack(port, 'GET /ws', ['Connection: Upgrade', ...handshake])).status, 502);
      } finally {
        mock.restoreAll();
      }
      ok(told.includes('orders.rebound.invalid') && told.includes('llm.rebound.invalid'), told.join());
      const outcomes = lines
        .map((line) => String(line['outcome']))
        .filter((outcome) => /instance metadata/.test(outcome));
      ok(outcomes.length >= 3, outcomes.join());
    },
  );
});
