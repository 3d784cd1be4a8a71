import { equal, match, ok } from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { describe } from '../../../../compiler/testing/suite.ts';
import { startCachedGateway, until } from '../../../testing/cached-gateway.ts';
import { testUpstream } from '../../../testing/policy.ts';
import { within } from '../../../testing/servers.ts';

const MANY = 1_000;

/** Sends the same request many times at once, over as many connections as it takes. */
function stampede(url: string, count: number): Promise<readonly { status: number; text: string }[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 250 });
  const one = () =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      request(url, { agent }, (res) => {
        let text = '';
        res.on('data', (chunk) => {
          text += chunk;
        });
        res.on('end', () => resolve({ status: res.statusCode ?? 0, text }));
      })
        .on('error', reject)
        .end();
    });
  return Promise.all(Array.from({ length: count }, one)).finally(() => agent.destroy());
}

describe('stampede', (it) => {
  it(
    'makes one call of a thousand misses at once',
    within(30_000, async (later) => {
      const { gateway, calls, metric } = await startCachedGateway(later, (_req, res, call) => {
        setTimeout(() => res.end(`answer ${call}`), 300);
      });
      const answers = await stampede(`${gateway.url}/v1/items`, MANY);
      equal(calls(), 1);
      ok(answers.every(({ status, text }) => status === 200 && text === 'answer 1'));
      equal(await metric('cache_misses_total'), 1);
      equal(await metric('cache_hits_total'), MANY - 1);
      ok((await metric('cache_collapsed_total')) > 0);
    }),
  );

  it(
    'does not let those wait for each other whose answers are not for sharing',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, (_req, res, call) => {
        res.setHeader('cache-control', 'private');
        setTimeout(() => res.end(`answer ${call}`), 200);
      });
      const startedMs = performance.now();
      const texts = await Promise.all(Array.from({ length: 20 }, async () => (await get()).text()));
      equal(new Set(texts).size, 20);
      equal(calls(), 20);
      // One after the other would take four seconds.
      ok(performance.now() - startedMs < 2_500);
    }),
  );

  it(
    'goes on when the client that asked first leaves :: another takes its place',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, (_req, res, call) => {
        if (call > 1) res.end(`answer ${call}`);
      });
      const leaving = new AbortController();
      const first = get('', { signal: leaving.signal }).catch(() => 'left');
      await until(() => calls() === 1);
      const others = Promise.all(Array.from({ length: 9 }, async () => (await get()).text()));
      await new Promise((resolve) => setTimeout(resolve, 100));
      leaving.abort();
      equal(await first, 'left');
      ok((await others).every((text) => text === 'answer 2'));
      equal(calls(), 2);
    }),
  );

  it(
    'goes on when the first client reads nothing :: the upstream is read at its own pace',
    within(15_000, async (later) => {
      // More than the buffers of the sockets hold.
      const body = Buffer.alloc(24 * 1_048_576, 'x');
      const cache = { maxEntryBytes: 32 * 1_048_576, maxBytes: 64 * 1_048_576 };
      const { gateway, get, calls } = await startCachedGateway(later, (_req, res) => res.end(body), {
        cache,
        route: { timeoutMs: 12_000 },
      });
      const silent = request(`${gateway.url}/v1/items`, (res) => res.pause());
      silent.on('error', () => undefined);
      silent.end();
      later(async () => silent.destroy());
      await until(() => calls() === 1);
      equal((await (await get()).text()).length, body.length);
      equal(calls(), 1);
    }),
  );

  it(
    'waits for a slow fetch only so long, then calls itself',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(
        later,
        (_req, res, call) => {
          if (call > 1) res.end(`answer ${call}`);
        },
        { route: { timeoutMs: 1_000 } },
      );
      const first = get();
      await until(() => calls() === 1);
      equal(await (await get()).text(), 'answer 2');
      equal((await first).status, 504);
    }),
  );

  it(
    'shares a failure with those who wait :: a service that is down is not asked once for each',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, (_req, res) => {
        setTimeout(() => res.writeHead(503).end('down'), 200);
      });
      const answers = await Promise.all(Array.from({ length: 20 }, () => get()));
      ok(answers.every(({ status }) => status === 503));
      equal(calls(), 1);
      equal((await get()).status, 503);
      equal(calls(), 2);
    }),
  );

  it(
    'gives variants to those who asked for them',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, (req, res) => {
        res.setHeader('vary', 'accept-language');
        setTimeout(() => res.end(req.headers['accept-language']), 100);
      });
      const speak = async (language: string) => (await get('', { headers: { 'accept-language': language } })).text();
      const languages = Array.from({ length: 60 }, (_, index) => ['de', 'fr', 'en'][index % 3] ?? 'de');
      const answers = await Promise.all(languages.map(speak));
      equal(answers.join(), languages.join());
      equal(calls(), 3);
    }),
  );
});

describe('stale if error', (it) => {
  it(
    'serves what has ended while the upstream fails :: by status, by timeout, by refusing; marked, and not for ever',
    within(30_000, async (later) => {
      let mode: 'ok' | '503' | 'silent' | 'reset' = 'ok';
      const { get, clock, metric, gateway } = await startCachedGateway(
        later,
        (_req, res) => {
          if (mode === 'ok') res.end('good');
          else if (mode === '503') res.writeHead(503, { 'retry-after': '9' }).end('down');
          else if (mode === 'reset') res.destroy();
        },
        { cache: { staleIfErrorMs: 30_000 }, route: { timeoutMs: 700 } },
      );
      await (await get()).text();
      clock.advance(60_001);
      for (const failing of ['503', 'silent', 'reset'] as const) {
        mode = failing;
        const stale = await get();
        equal(stale.status, 200, failing);
        equal(await stale.text(), 'good');
        equal(stale.headers.get('retry-after'), null);
        equal(stale.headers.get('content-type'), null);
        match(
          stale.headers.get('cache-status') ?? '',
          failing === '503'
            ? /^"rules"; fwd=stale; fwd-status=503; ttl=-\d+; detail=stale-if-error$/
            : /^"rules"; fwd=stale; ttl=-\d+; detail=stale-if-error$/,
        );
      }
      equal(await metric('cache_stale_served_total'), 3);
      match(
        String(gateway.lines.find((line) => String(line['outcome']).startsWith('cache-stale'))?.['outcome']),
        /^cache-stale/,
      );
      mode = 'ok';
      match((await get()).headers.get('cache-status') ?? '', /fwd=miss/);
      clock.advance(90_001);
      mode = '503';
      equal((await get()).status, 503);
    }),
  );

  it(
    'serves nothing stale where the upstream forbids it, or the policy has no time for it',
    within(15_000, async (later) => {
      for (const [staleIfErrorMs, field] of [
        [30_000, 'max-age=60, must-revalidate'],
        [30_000, 'max-age=60, stale-if-error=0'],
        [0, 'max-age=60'],
      ] as const) {
        let isDown = false;
        const { get, clock } = await startCachedGateway(
          later,
          (_req, res) => {
            res.setHeader('cache-control', field);
            res.writeHead(isDown ? 500 : 200).end('x');
          },
          { cache: { staleIfErrorMs } },
        );
        await (await get()).text();
        clock.advance(60_001);
        isDown = true;
        equal((await get()).status, 500, field);
      }
    }),
  );

  it(
    'serves stale while no connection can be made at all',
    within(15_000, async (later) => {
      const { gateway, get, clock } = await startCachedGateway(later, (_req, res) => res.end('good'), {
        cache: { staleIfErrorMs: 30_000 },
      });
      await (await get()).text();
      clock.advance(60_001);
      const { policy } = JSON.parse(await (await fetch(`${gateway.adminUrl}/policy`)).text());
      const gone = { ...policy, upstreams: { main: testUpstream('http://127.0.0.1:1') } };
      equal((await gateway.runtime.reload({ policy: gone, digest: 'd'.repeat(64) })).kind, 'reloaded');
      const stale = await get();
      equal(await stale.text(), 'good');
      match(stale.headers.get('cache-status') ?? '', /detail=stale-if-error/);
    }),
  );
});
