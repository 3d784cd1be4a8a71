/**
 * SentientIQ's way out to the language models as it is compiled for production: 20 places at Anthropic, 20 at OpenAI, 50 for Groq and xAI
 * together. Only the addresses are the test's.
 */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { requireTool } from '../../../compiler/testing/real-tools.ts';
import { describe } from '../../../compiler/testing/suite.ts';
import { compiledSystem, type Rehearsal, testSecrets } from '../compiled.ts';
import { ask, metric, statusOf } from '../egress.ts';
import { createSkippingClock } from '../fake-clock.ts';
import { startTestRedis } from '../open-test-redis.ts';
import { type ProviderStub, startProvider } from '../provider-stub.ts';
import { type Gateway, startGateway, within } from '../servers.ts';

type Later = Parameters<typeof startProvider>[0];

const SYSTEM = compiledSystem('sentientiq', 'production');
const PROVIDERS = ['anthropic', 'openai', 'groq', 'xai'] as const;
type ProviderName = (typeof PROVIDERS)[number];

interface Stage {
  readonly gateway: Gateway;
  readonly stubs: Readonly<Record<ProviderName, ProviderStub>>;
  readonly env: Record<string, string>;
  readonly changes: Rehearsal;
}

/** All four providers hold what they are sent, until a test tells them to answer. */
async function setUp(
  later: Later,
  variables: Readonly<Record<string, string>> = {},
  clock = createSkippingClock(),
): Promise<Stage> {
  const redis = await startTestRedis(requireTool('redis-server'), later);
  const hold = () => startProvider(later, { respond: () => undefined });
  const stubs = { anthropic: await hold(), openai: await hold(), groq: await hold(), xai: await hold() };
  const changes = Object.fromEntries(PROVIDERS.map((name) => [`/providers/${name}/targets/0/url`, stubs[name].url]));
  const env = { ...testSecrets(), ...variables, REDIS_URL: redis.url };
  const gateway = await startGateway(SYSTEM.policy(undefined, changes), later, { env, clock });
  return { gateway, stubs, env, changes };
}

const callMany = ({ gateway }: Stage, name: ProviderName, count: number): Promise<number>[] =>
  Array.from({ length: count }, () => statusOf(gateway, `/${name}/v1/messages`));

const answer: ProviderStub['respond'] = (_req, res) => void res.end('ok');

/** Lets all that is held go, and what follows too. */
function release(stage: Stage): void {
  for (const name of PROVIDERS) stage.stubs[name].respond = answer;
}

/** Waits until as many wait in line as must. */
async function lineIs({ gateway }: Stage, pool: string, waiting: number): Promise<void> {
  while ((await metric(gateway, `provider_pool_waiting{pool="${pool}"}`)) !== waiting) await sleep(20);
}

describe('SentientIQ and its language models', (it) => {
  const ceiling = (name: ProviderName, size: number, variables: Readonly<Record<string, string>> = {}) =>
    within(40_000, async (later) => {
      const held: (() => void)[] = [];
      const stage = await setUp(later, variables);
      const stub = stage.stubs[name];
      stub.respond = (_req, res) => void held.push(() => res.end('ok'));
      const jobs = Promise.all(callMany(stage, name, 60));
      await lineIs(stage, name, 60 - size);
      deepEqual([stub.inFlight, await metric(stage.gateway, `provider_pool_in_use{pool="${name}"}`)], [size, size]);
      stub.respond = answer;
      for (const finish of held) finish();
      deepEqual(new Set(await jobs), new Set([200]));
      deepEqual([stub.most, stub.calls], [size, 60]);
    });

  it(
    '[SIQ-001] [SIQ-005] has 20 calls in flight at Anthropic; of 60 the others wait, and none is refused',
    ceiling('anthropic', 20),
  );
  it('[SIQ-055] ANTHROPIC_CONCURRENCY=7 makes it 7', ceiling('anthropic', 7, { ANTHROPIC_CONCURRENCY: '7' }));
  it('[SIQ-002] has 20 calls in flight at OpenAI', ceiling('openai', 20));

  it(
    '[SIQ-003] has 50 calls in flight at Groq and xAI together :: of 120, over both',
    within(40_000, async (later) => {
      const held: (() => void)[] = [];
      const stage = await setUp(later);
      const { groq, xai } = stage.stubs;
      for (const stub of [groq, xai]) stub.respond = (_req, res) => void held.push(() => res.end('ok'));
      const jobs = Promise.all([...callMany(stage, 'groq', 60), ...callMany(stage, 'xai', 60)]);
      await lineIs(stage, 'groq-xai', 70);
      equal(groq.inFlight + xai.inFlight, 50);
      release(stage);
      for (const finish of held) finish();
      deepEqual(new Set(await jobs), new Set([200]));
      equal(groq.calls + xai.calls, 120);
    }),
  );

  it(
    '[SIQ-004] a saturated provider delays nobody else',
    within(40_000, async (later) => {
      const stage = await setUp(later);
      const gone = new AbortController();
      const blocked = Array.from({ length: 30 }, () =>
        fetch(`${stage.gateway.egressUrl}/anthropic/v1/messages`, { signal: gone.signal }).catch(() => undefined),
      );
      await lineIs(stage, 'anthropic', 10);
      for (const name of ['openai', 'groq', 'xai'] as const) {
        stage.stubs[name].respond = answer;
        equal(await statusOf(stage.gateway, `/${name}/v1/messages`), 200);
      }
      equal(stage.stubs.anthropic.inFlight, 20);
      gone.abort();
      await Promise.all(blocked);
    }),
  );

  it(
    '[SIQ-067] one request has 12 calls in flight; a thirteenth waits, and other requests do not',
    within(40_000, async (later) => {
      const held: (() => void)[] = [];
      const stage = await setUp(later);
      const { anthropic } = stage.stubs;
      anthropic.respond = (_req, res) => void held.push(() => res.end('ok'));
      const call = (id: string) =>
        statusOf(stage.gateway, '/anthropic/v1/messages', { headers: { 'x-request-id': id } });
      const calls = Array.from({ length: 13 }, () => call('boardroom-1'));
      while (anthropic.inFlight < 12) await sleep(5);
      await sleep(300);
      equal(anthropic.inFlight, 12);
      calls.push(call('boardroom-2'));
      while (anthropic.inFlight < 13) await sleep(5);
      equal(anthropic.calls, 13);
      anthropic.respond = answer;
      for (const finish of held) finish();
      deepEqual(new Set(await Promise.all(calls)), new Set([200]));
      equal(anthropic.calls, 14);
    }),
  );

  it(
    '[SIQ-056] a 429 is counted, halves the pool, and nothing is sent before Retry-After',
    within(40_000, async (later) => {
      const stage = await setUp(later);
      const { anthropic } = stage.stubs;
      anthropic.respond = (_req, res) => void res.writeHead(429, { 'retry-after': '1' }).end('slow down');
      equal(await statusOf(stage.gateway, '/anthropic/v1/messages'), 429);
      equal(await metric(stage.gateway, 'provider_throttled_total{provider="anthropic"}'), 1);
      equal(await metric(stage.gateway, 'provider_pool_size{pool="anthropic"}'), 10);
      anthropic.respond = answer;
      const startedMs = performance.now();
      equal(await statusOf(stage.gateway, '/anthropic/v1/messages'), 200);
      ok(performance.now() - startedMs > 700, 'it waited');
    }),
  );

  it(
    '[SIQ-072] the next call carries a new key after a reload; a stream that is open is not cut',
    within(40_000, async (later) => {
      const stage = await setUp(later);
      const { anthropic } = stage.stubs;
      let finish: () => void = () => undefined;
      anthropic.respond = (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write('data: one\n\n');
        finish = () => res.end('data: two\n\n');
      };
      const stream = await ask(stage.gateway, '/anthropic/v1/messages');
      const old = stage.env['ANTHROPIC_API_KEY'];
      stage.env['ANTHROPIC_API_KEY'] = 'a new key of the operator';
      const policy = SYSTEM.policy(undefined, stage.changes);
      equal((await stage.gateway.runtime.reload({ policy, digest: 'f'.repeat(64) })).kind, 'reloaded');
      finish();
      equal(await stream.text(), 'data: one\n\ndata: two\n\n');
      anthropic.respond = answer;
      equal(await statusOf(stage.gateway, '/anthropic/v1/messages'), 200);
      deepEqual(
        anthropic.seen.map(({ headers }) => headers['x-api-key']),
        [old, 'a new key of the operator'],
      );
    }),
  );
});
