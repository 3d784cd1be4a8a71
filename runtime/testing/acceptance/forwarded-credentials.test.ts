/**
 * Credentials on their way through the gateways of Intent engine and Jamey, as compiled: whoever checks them too gets them as they
 * were sent, and nobody and nothing else does.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import type { SystemName } from '../../../compiler/testing/compiled-system.ts';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { createCaller } from '../administration.ts';
import { compiledSystem, testSecrets } from '../compiled.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { startCollector, type TestCollector } from '../otlp-collector.ts';
import { startPostgres } from '../postgres.ts';
import { type ProviderStub, startProvider } from '../provider-stub.ts';
import { bind, type Gateway, startGateway } from '../servers.ts';
import { shareSetUp } from '../shared-set-up.ts';
import { until } from '../until.ts';
import { mustOpen } from '../websockets.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;
type Protocol = Parameters<typeof startCollector>[0];

interface Stage {
  readonly gateway: Gateway;
  readonly token: string;
  readonly administer: ReturnType<typeof createCaller>;
  /** What the product was asked, in order. */
  readonly seen: IncomingMessage[];
  /** Every provider, and another host that the product sends clients to. */
  readonly others: readonly ProviderStub[];
  readonly collector: TestCollector;
}

/** Every trace is recorded, whatever share of them the policy asks for: the dice are no part of it. */
async function recordingAll<T>(run: () => Promise<T>): Promise<T> {
  const { random } = Math;
  Math.random = () => 0;
  return await run().finally(() => {
    Math.random = random;
  });
}

/** Answers 201 to a POST, sends elsewhere, breaks off, and opens sockets. */
async function startProduct(seen: IncomingMessage[], elsewhere: string, later: Later): Promise<string> {
  const answer: RequestListener = (req, res) => {
    seen.push(req);
    req.resume();
    if (req.url?.endsWith('/moved') === true) return void res.writeHead(307, { location: `${elsewhere}/x` }).end();
    if (req.url?.endsWith('/broken') === true) return void req.socket.destroy();
    res.statusCode = req.method === 'POST' ? 201 : 200;
    res.end('{}');
  };
  const server = createServer(answer);
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, req) => {
    seen.push(req);
    socket.on('error', () => undefined);
    socket.send('hello');
  });
  const port = await bind(server);
  later(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.close().closeAllConnections();
  });
  return `http://127.0.0.1:${port}`;
}

async function deploy(system: SystemName, protocol: Protocol, later: Later): Promise<Stage> {
  const tree = compiledSystem(system, 'production');
  const postgres = await startPostgres(requireTool('postgres'));
  later(() => postgres.stop());
  const redis = await startTestRedis(requireTool('redis-server'), later);
  const collector = await startCollector(protocol, later);
  const seen: IncomingMessage[] = [];
  const [elsewhere, provider] = [await startProvider(later), await startProvider(later)];
  const product = await startProduct(seen, elsewhere.url, later);
  const changes = Object.fromEntries(
    Object.entries(tree.policy().providers).flatMap(([name, { targets }]) =>
      (targets ?? []).map((_, index) => [`/providers/${name}/targets/${index}/url`, provider.url]),
    ),
  );
  const secrets = testSecrets();
  const addresses = { DATABASE_URL: postgres.url, REDIS_URL: redis.url };
  const collectors = { OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  const env = { ...secrets, ...addresses, ...collectors };
  const gateway = await recordingAll(() => startGateway(tree.policy(product, changes), later, { env }));
  const token = secrets['ADMIN_API_KEY'] ?? '';
  const ready = tree.policy().health.ready;
  while ((await fetch(gateway.adminUrl + ready)).status !== 200) await sleep(50);
  return { gateway, token, administer: createCaller(gateway, token), seen, others: [provider, elsewhere], collector };
}

/** A key and its name, of a tenant where the system has tenants. */
async function createKey(
  { administer }: Stage,
  tenant?: string,
): Promise<{ readonly id: string; readonly key: string }> {
  if (tenant !== undefined) await administer('POST', '/v1/admin/tenants', { id: tenant, name: tenant });
  const made = await administer('POST', '/v1/admin/keys', { label: 'acceptance', ...(tenant && { tenant }) });
  equal(made.status, 201, made.text);
  return { id: made.body.key.id, key: made.body.text };
}

interface Told {
  readonly status: number;
  /** Every byte that the client got, heads too. */
  readonly text: string;
}

async function ask(
  { gateway }: Stage,
  path: string,
  headers: Readonly<Record<string, string>>,
  method = 'GET',
): Promise<Told> {
  const answer = await fetch(gateway.url + path, { method, headers, redirect: 'manual' });
  return { status: answer.status, text: JSON.stringify([...answer.headers]) + (await answer.text()) };
}

const statusesOf = (told: readonly Told[]): readonly number[] => told.map(({ status }) => status);

const credentialsOf = ({ headers }: IncomingMessage): readonly unknown[] => [
  headers['x-api-key'],
  headers.authorization,
];

/** Where credentials must not be: what clients are told, the log, the traces, what operators read, other hosts. */
async function staysHidden(stage: Stage, secrets: readonly string[], told: readonly Told[]): Promise<void> {
  const { gateway, collector, others } = stage;
  const read = async (path: string): Promise<string> => (await fetch(gateway.adminUrl + path)).text();
  const reads = [
    await read('/metrics'),
    await read('/policy'),
    (await stage.administer('GET', '/v1/admin/audit')).text,
  ];
  await until(() => collector.spans.length > 0 && gateway.lines.length > told.length, 'log and traces came', 30_000);
  const [log, traces] = [JSON.stringify(gateway.lines), collector.bytes()];
  const places = { answers: JSON.stringify(told), log, traces, reads: reads.join('\n') };
  for (const secret of secrets)
    for (const [place, text] of Object.entries(places)) ok(!text.includes(secret), `${place} hold a credential`);
  deepEqual(
    others.flatMap(({ seen }) => seen),
    [],
  );
}

describe('credentials at Intent engine', (it) => {
  const test = shareSetUp(it, (later) => deploy('intent-engine', 'http/protobuf', later));

  test('the API sees the key as it was sent :: requests, a redirect, a failure, a socket', 90_000, async (stage) => {
    const { key } = await createKey(stage, 'key-forwarded');
    stage.seen.length = 0;
    const headers = { 'x-api-key': key };
    const { next, socket } = await mustOpen(`${stage.gateway.url}/v1/ws`, { headers });
    equal(await next(), 'hello');
    socket.terminate();
    const told = [
      await ask(stage, '/v1/resolve', headers, 'POST'),
      await ask(stage, '/v1/moved', headers),
      await ask(stage, '/v1/broken', headers, 'POST'),
    ];
    deepEqual(statusesOf(told), [201, 307, 502]);
    deepEqual(stage.seen.map(credentialsOf), Array(4).fill([key, undefined]));
    await staysHidden(stage, [key], told);
  });

  test(
    '[INT-009] tenants are made and listed with the bearer token :: by the runtime, and by the API, which gets the token',
    90_000,
    async (stage) => {
      const { administer, token, seen } = stage;
      equal((await administer('POST', '/v1/admin/tenants', { id: 'made-here', name: 'Made here' })).status, 201);
      const listed = await administer('GET', '/v1/admin/tenants');
      deepEqual([listed.status, listed.text.includes('made-here')], [200, true]);

      seen.length = 0;
      const bearer = { authorization: `Bearer ${token}` };
      const told = [
        await ask(stage, '/v1/admin/tenants', bearer),
        await ask(stage, '/v1/admin/tenants', bearer, 'POST'),
      ];
      deepEqual(statusesOf(told), [200, 201]);
      deepEqual(seen.map(credentialsOf), Array(2).fill([undefined, `Bearer ${token}`]));
      await staysHidden(stage, [token], told);
    },
  );

  test('who is not let in reaches nobody, and what was sent is told nowhere', 60_000, async (stage) => {
    const { key } = await createKey(stage, 'refused');
    stage.seen.length = 0;
    const wrong = 'wrong-credential-0123456789abcdef';
    const told = [
      await ask(stage, '/v1/resolve', { 'x-api-key': wrong }, 'POST'),
      await ask(stage, '/v1/admin/tenants', { authorization: `Bearer ${wrong}` }),
      await ask(stage, '/v1/admin/tenants', { 'x-api-key': key }),
    ];
    deepEqual(statusesOf(told), [401, 401, 403]);
    deepEqual(stage.seen, []);
    await staysHidden(stage, [key, wrong], told);
  });
});

describe('credentials at Jamey', (it) => {
  const test = shareSetUp(it, (later) => deploy('jamey', 'grpc', later));

  test(
    '[JAM-022] keys are rotated by administrators only :: 401, 403, 200, shown once, in the audit log; Jamey itself sees the token',
    90_000,
    async (stage) => {
      const { administer, gateway, seen } = stage;
      const { id, key } = await createKey(stage);
      const path = `/v1/admin/keys/${id}/rotate`;
      const stranger = createCaller(gateway, null);
      equal((await stranger('POST', path, {})).status, 401);
      equal((await stranger('POST', path, {}, { 'x-api-key': key })).status, 403);
      const rotated = await administer('POST', path, {});
      equal(rotated.status, 200, rotated.text);
      const shown: string = rotated.body.text;
      match(shown, /^jamey_production_/);
      ok(!(await administer('GET', '/v1/admin/keys')).text.includes(shown), 'it is shown once');
      match((await administer('GET', '/v1/admin/audit?limit=20')).text, /rotate/i);

      seen.length = 0;
      const bearer = { authorization: `Bearer ${stage.token}` };
      const told = [
        await ask(stage, '/admin/keys/rotate', {}, 'POST'),
        await ask(stage, '/admin/keys/rotate', { 'x-api-key': shown }, 'POST'),
        await ask(stage, '/admin/keys/rotate', bearer, 'POST'),
      ];
      deepEqual(statusesOf(told), [401, 403, 201]);
      deepEqual(seen.map(credentialsOf), [[undefined, `Bearer ${stage.token}`]]);
      await staysHidden(stage, [key, shown, stage.token], told);
    },
  );

  test('no other route passes a key on :: also where none is asked for', 60_000, async (stage) => {
    const { key } = await createKey(stage);
    stage.seen.length = 0;
    const headers = { 'x-api-key': key };
    const told = [
      await ask(stage, '/evaluate', headers, 'POST'),
      await ask(stage, '/rules', headers),
      await ask(stage, '/memory/moved', headers),
      await ask(stage, '/health', headers),
    ];
    deepEqual(statusesOf(told), [201, 200, 307, 200]);
    equal(stage.seen.length, 4);
    ok(!JSON.stringify(stage.seen.map(({ rawHeaders }) => rawHeaders)).includes(key));
    await staysHidden(stage, [key], told);
  });
});
