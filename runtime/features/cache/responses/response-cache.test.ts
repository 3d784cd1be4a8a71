import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { connect } from 'node:net';
import { describe } from '../../../../compiler/testing/suite.ts';
import { type Listener, startCachedGateway, until } from '../../../testing/cached-gateway.ts';
import { testCacheUse, testLimit } from '../../../testing/policy.ts';
import { within } from '../../../testing/servers.ts';

type Later = (cleanUp: () => Promise<unknown>) => void;

/** Answers with the number of the call. */
const counting: Listener = (_req, res, call) => res.end(`answer ${call}`);

/** Whether an answer with this head is kept: the second of two equal requests tells. */
async function isKept(later: Later, status: number, headers: Record<string, string | string[]>): Promise<boolean> {
  const { get, calls } = await startCachedGateway(later, (_req, res) =>
    res.writeHead(status, headers).end(status === 204 ? '' : 'x'),
  );
  await (await get('', { redirect: 'manual' })).text();
  await (await get('', { redirect: 'manual' })).text();
  return calls() === 1;
}

describe('response cache', (it) => {
  it(
    '[SIM-117] counts one miss and then one hit :: and answers the second without the upstream',
    within(15_000, async (later) => {
      const { get, metric, calls } = await startCachedGateway(later, (_req, res, call) => {
        res.setHeader('content-type', 'text/plain; charset=utf-8');
        res.setHeader('etag', '"one"');
        res.end(`grüße ${call}`);
      });
      equal(await metric('cache_misses_total'), 0);
      const first = await get('?b=2&a=1');
      equal(first.headers.get('cache-status'), '"rules"; fwd=miss; fwd-status=200; stored');
      equal(await first.text(), 'grüße 1');
      deepEqual([await metric('cache_misses_total'), await metric('cache_hits_total')], [1, 0]);
      const second = await get('?a=1&b=2');
      equal(await second.text(), 'grüße 1');
      deepEqual([await metric('cache_misses_total'), await metric('cache_hits_total')], [1, 1]);
      match(second.headers.get('cache-status') ?? '', /^"rules"; hit; ttl=(60|59)$/);
      equal(second.headers.get('age'), '0');
      equal(second.headers.get('content-type'), 'text/plain; charset=utf-8');
      equal(second.headers.get('content-length'), '9');
      equal(second.headers.get('x-content-type-options'), 'nosniff');
      ok(first.headers.get('x-request-id') !== second.headers.get('x-request-id'));
      equal(calls(), 1);
      equal(await metric('cache_entries'), 1);
    }),
  );

  it(
    'keeps an entry for its TTL :: not after it, and by the age that it came with',
    within(15_000, async (later) => {
      const { get, clock, calls } = await startCachedGateway(later, (_req, res, call) => {
        res.setHeader('age', '10');
        res.end(`${call}`);
      });
      await get();
      clock.advance(50_000);
      const hit = await get();
      equal(await hit.text(), '1');
      equal(hit.headers.get('age'), '60');
      clock.advance(10_001);
      equal(await (await get()).text(), '2');
      equal(calls(), 2);
    }),
  );

  it(
    'keeps only what RFC 9111 lets a shared cache keep',
    within(60_000, async (later) => {
      const kept: [number, Record<string, string | string[]>][] = [
        [200, {}],
        [204, {}],
        [301, { location: '/b' }],
        [200, { 'cache-control': 'max-age=5' }],
        [200, { 'cache-control': 'max-age=0, s-maxage=5' }],
        [200, { expires: new Date(Date.now() + 60_000).toUTCString() }],
        [200, { 'cache-control': 'public, x="no-store"' }],
      ];
      for (const [status, headers] of kept) ok(await isKept(later, status, headers), JSON.stringify([status, headers]));
      const passed: [number, Record<string, string | string[]>][] = [
        [200, { 'set-cookie': 's=1' }],
        [200, { 'cache-control': 'private' }],
        [200, { 'cache-control': ['public', 'NO-STORE'] }],
        [200, { 'cache-control': 'no-cache="set-cookie"' }],
        [200, { 'cache-control': 'max-age=0' }],
        [200, { 'cache-control': 'max-age=60, s-maxage=0' }],
        [200, { 'cache-control': 'max-age=nonsense' }],
        [200, { 'cache-control': 'max-age=60', age: '60' }],
        [200, { expires: '0' }],
        [200, { expires: new Date(Date.now() - 1_000).toUTCString() }],
        [200, { vary: '*' }],
        [200, { 'content-type': 'text/event-stream' }],
        [206, { 'content-range': 'bytes 0-0/9' }],
        [302, { location: '/b' }],
        [404, {}],
        [429, {}],
        [500, {}],
        [503, {}],
      ];
      for (const [status, headers] of passed) {
        equal(await isKept(later, status, headers), false, JSON.stringify([status, headers]));
      }
    }),
  );

  it(
    'does not replay what belongs to one exchange :: and charges limits for hits, too',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(
        later,
        (_req, res) => {
          res.setHeader('ratelimit', '"theirs";r=1;t=1');
          res.setHeader('x-ratelimit-remaining', '7');
          res.setHeader('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
          res.setHeader('x-secret-hop', 'a');
          res.setHeader('connection', 'x-secret-hop');
          res.setHeader('x-kept', 'yes');
          res.end('ok');
        },
        {
          route: { limits: ['three'] },
          policy: { limits: { three: testLimit({ requests: 1, periodMs: 86_400_000, capacity: 3 }) } },
        },
      );
      await (await get()).text();
      const hit = await get();
      match(hit.headers.get('ratelimit') ?? '', /^"three";r=1;t=\d+$/);
      deepEqual(
        ['x-ratelimit-remaining', 'traceparent', 'x-secret-hop', 'x-kept'].map((name) => hit.headers.get(name)),
        [null, null, null, 'yes'],
      );
      equal((await get()).status, 200);
      equal((await get()).status, 429);
      equal(calls(), 1);
    }),
  );

  it(
    'answers conditional requests and HEAD from what is kept',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, (req, res) => {
        equal(req.headers['if-none-match'], undefined);
        res.setHeader('etag', 'W/"v1"');
        res.setHeader('last-modified', 'Wed, 21 Oct 2015 07:28:00 GMT');
        res.setHeader('x-more', 'a');
        res.end('the body');
      });
      // A client that has an old copy must not make others get a 304: it fills the cache with the whole answer.
      const first = await get('', { headers: { 'if-none-match': '"v0"' } });
      equal(await first.text(), 'the body');
      const known = await get('', { headers: { 'if-none-match': '"v0", "v1"' } });
      equal(known.status, 304);
      equal(await known.text(), '');
      equal(known.headers.get('etag'), 'W/"v1"');
      equal(known.headers.get('x-more'), null);
      equal(known.headers.get('content-length'), null);
      equal((await get('', { headers: { 'if-none-match': '"v2"' } })).status, 200);
      const since = (date: string) => get('', { headers: { 'if-modified-since': date } });
      equal((await since('Wed, 21 Oct 2015 07:28:00 GMT')).status, 304);
      equal((await since('Wed, 21 Oct 2015 07:27:59 GMT')).status, 200);
      equal((await since('nonsense')).status, 200);
      equal(calls(), 1);
    }),
  );

  it(
    'answers HEAD with the head of a kept GET :: and keeps nothing of a HEAD',
    within(15_000, async (later) => {
      const methods: (string | undefined)[] = [];
      const { get } = await startCachedGateway(
        later,
        (req, res) => {
          methods.push(req.method);
          res.end('the body');
        },
        { route: { methods: ['GET'] } },
      );
      equal((await get('', { method: 'HEAD' })).status, 200);
      equal(await (await get()).text(), 'the body');
      const head = await get('', { method: 'HEAD' });
      equal(head.headers.get('content-length'), '8');
      match(head.headers.get('cache-status') ?? '', /hit/);
      deepEqual(methods, ['HEAD', 'GET']);
    }),
  );

  it(
    'keeps apart what differs in the fields that the answer varies by, in host, path and query',
    within(15_000, async (later) => {
      const { get, calls, gateway } = await startCachedGateway(later, (req, res) => {
        res.setHeader('vary', 'Accept-Language');
        res.end(`${req.headers['accept-language']} ${req.headers['x-forwarded-host']} ${req.url}`);
      });
      const speak = async (language: string, target = '') =>
        (await get(target, { headers: { 'accept-language': language } })).text();
      const host = new URL(gateway.url).host;
      equal(await speak('de'), `de ${host} /v1/items`);
      equal(await speak('fr'), `fr ${host} /v1/items`);
      equal(await speak('de'), `de ${host} /v1/items`);
      equal(await speak('fr'), `fr ${host} /v1/items`);
      equal(calls(), 2);
      equal(await speak('de', '/a'), `de ${host} /v1/items/a`);
      equal(await speak('de', '?a=1&a=2'), `de ${host} /v1/items?a=1&a=2`);
      equal(await speak('de', '?a=2&a=1'), `de ${host} /v1/items?a=2&a=1`);
      equal(calls(), 5);
      // What an attacker writes as Host is never what somebody else reads.
      const poisoned = await raw(
        gateway.port,
        'GET /v1/items HTTP/1.1\r\nHost: evil.test\r\nAccept-Language: de\r\n\r\n',
      );
      match(poisoned, /de evil\.test/);
      equal(await speak('de'), `de ${host} /v1/items`);
    }),
  );

  it(
    'reads an encoding as a variant, also of an upstream that forgets to say so',
    within(15_000, async (later) => {
      const { gateway, calls } = await startCachedGateway(later, (req, res) => {
        if (req.headers['accept-encoding'] === 'gzip') res.setHeader('content-encoding', 'gzip');
        res.end('bytes');
      });
      const ask = (encoding: string) =>
        raw(gateway.port, `GET /v1/items HTTP/1.1\r\nHost: a\r\nAccept-Encoding: ${encoding}\r\n\r\n`);
      match(await ask('gzip'), /content-encoding: gzip/i);
      equal(/content-encoding/i.test(await ask('identity')), false);
      equal(calls(), 2);
      match(await ask('gzip'), /content-encoding: gzip/i);
      equal(/content-encoding/i.test(await ask('identity')), false);
      equal(calls(), 2);
    }),
  );

  it(
    'leaves requests alone that carry what the key does not tell :: credentials, ranges, conditions on state',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, counting);
      await (await get()).text();
      const passing = ['authorization', 'cookie', 'range', 'if-match', 'if-unmodified-since'];
      for (const name of passing) {
        const response = await get('', { headers: { [name]: 'x=1' } });
        equal(response.headers.get('cache-status'), null, name);
        await response.text();
      }
      equal(calls(), 1 + passing.length);
      equal(await (await get()).text(), 'answer 1');
    }),
  );

  it(
    'takes no advice from clients about freshness :: and leaves no trace of whoever asks for none',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(later, counting);
      const send = async (directive: string) => (await get('', { headers: { 'cache-control': directive } })).text();
      equal(await send('no-store'), 'answer 1');
      equal(await send('no-cache'), 'answer 2');
      for (const directive of ['no-cache', 'max-age=0', 'no-store']) equal(await send(directive), 'answer 2');
      equal(calls(), 2);
    }),
  );

  it(
    '[JAM-003] favours what was used lately :: a full cache drops the oldest unread entry, and stays in its bounds',
    within(15_000, async (later) => {
      const { get, calls, metric } = await startCachedGateway(later, counting, { cache: { maxEntries: 3 } });
      for (const name of ['a', 'b', 'c']) await (await get(`/${name}`)).text();
      await (await get('/a')).text();
      equal(calls(), 3);
      await (await get('/d')).text();
      equal(await metric('cache_entries'), 3);
      equal(await metric('cache_evictions_total'), 1);
      await (await get('/a')).text();
      equal(calls(), 4);
      await (await get('/b')).text();
      equal(calls(), 5);
    }),
  );

  it(
    'is bounded in bytes :: and passes what is larger than an entry may be',
    within(15_000, async (later) => {
      const { get, calls, metric } = await startCachedGateway(
        later,
        (req, res) => {
          const size = Number(req.url?.split('=')[1]);
          // Without a length, so that only counting tells.
          res.write('x'.repeat(size / 2));
          res.end('x'.repeat(size / 2));
        },
        { cache: { maxBytes: 10_000, maxEntryBytes: 4_000 } },
      );
      for (let index = 0; index < 5; index += 1) await (await get(`/${index}?size=3000`)).text();
      ok((await metric('cache_bytes')) <= 10_000);
      equal(await metric('cache_entries'), 3);
      const before = calls();
      equal((await (await get('?size=4002')).text()).length, 4_002);
      equal((await (await get('?size=4002')).text()).length, 4_002);
      equal(calls(), before + 2);
      await (await get('?size=4000')).text();
      await (await get('?size=4000')).text();
      equal(calls(), before + 3);
    }),
  );

  it(
    'keeps the answer to a POST by its body, where the policy says so',
    within(15_000, async (later) => {
      const { get, calls } = await startCachedGateway(
        later,
        (req, res, call) => {
          let text = '';
          req.on('data', (chunk) => {
            text += chunk;
          });
          req.on('end', () => res.end(`${text} ${call}`));
        },
        { route: { cache: testCacheUse({ methods: ['POST'] }) } },
      );
      const post = async (body: string, type = 'text/plain') =>
        (await get('', { method: 'POST', body, headers: { 'content-type': type } })).text();
      equal(await post('a'), 'a 1');
      equal(await post('a'), 'a 1');
      equal(await post('b'), 'b 2');
      equal(await post('a', 'text/html'), 'a 3');
      equal((await (await get()).text()).trim(), '4');
      equal((await (await get()).text()).trim(), '5');
      equal(calls(), 5);
    }),
  );

  it(
    '[JAM-004] drops what a write made out of date :: before the writer hears of it; a write that failed drops nothing',
    within(15_000, async (later) => {
      let rule = 'old';
      const { get, metric } = await startCachedGateway(
        later,
        (req, res) => {
          if (req.method === 'POST' && req.headers['x-fail'] !== undefined) return res.writeHead(422).end();
          if (req.method === 'POST') rule = 'new';
          return res.end(rule);
        },
        { route: { invalidates: ['rules'] } },
      );
      equal(await (await get()).text(), 'old');
      await (await get('', { method: 'POST', headers: { 'x-fail': '1' } })).text();
      equal(await metric('cache_invalidations_total'), 0);
      match((await get()).headers.get('cache-status') ?? '', /hit/);
      await (await get('', { method: 'POST' })).text();
      equal(await metric('cache_invalidations_total'), 1);
      equal(await metric('cache_entries'), 0);
      equal(await (await get()).text(), 'new');
    }),
  );

  it(
    'is dropped by the administrator :: by tag, and by name',
    within(15_000, async (later) => {
      const token = 'an-admin-token-that-is-long-enough-for-the-policy';
      const { get, gateway } = await startCachedGateway(later, counting, {
        options: { env: { ADMIN_API_KEY: token } },
      });
      const post = async (operation: string, body: unknown) =>
        (
          await fetch(`${gateway.adminUrl}/v1/admin/caches/${operation}`, {
            method: 'POST',
            body: JSON.stringify(body),
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          })
        ).status;
      equal(await (await get()).text(), 'answer 1');
      equal(await post('invalidate', { tags: ['other'] }), 204);
      equal(await (await get()).text(), 'answer 1');
      equal(await post('invalidate', { tags: ['rules'] }), 204);
      equal(await (await get()).text(), 'answer 2');
      equal(await post('clear', { name: 'rules' }), 204);
      equal(await (await get()).text(), 'answer 3');
      equal(await post('clear', { name: 'none' }), 404);
    }),
  );

  it(
    'does not put back what was fetched before an invalidation :: nor let later requests join that fetch',
    within(15_000, async (later) => {
      let answerOld: (() => void) | undefined;
      const { get } = await startCachedGateway(
        later,
        (req, res, call) => {
          if (req.method === 'POST') return res.end('written');
          if (call > 1) return res.end('new');
          answerOld = () => res.end('old');
          return undefined;
        },
        // Who joined the old fetch would wait for it and be given what it brings.
        { route: { invalidates: ['rules'], timeoutMs: 10_000 } },
      );
      const old = get();
      await until(() => answerOld !== undefined);
      await (await get('', { method: 'POST' })).text();
      const next = get();
      setTimeout(() => answerOld?.(), 500);
      equal(await (await next).text(), 'new');
      equal(await (await old).text(), 'old');
      equal(await (await get()).text(), 'new');
    }),
  );
});

function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(bytes.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')),
    );
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
  });
}
