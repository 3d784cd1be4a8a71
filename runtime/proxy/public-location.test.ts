import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { startCachedGateway } from '../testing/cached-gateway.ts';
import { testPolicy, testRoute, testUpstream } from '../testing/policy.ts';
import { startGateway, startUpstream, within } from '../testing/servers.ts';
import { mapLocation, type Place } from './public-location.ts';

const PLACE: Place = { own: new Set(['inner:3000', 'inner.svc']), host: 'shop.example.com', scheme: 'https' };

const CASES: readonly (readonly [from: string, to: string])[] = [
  ['http://inner:3000/a?b#c', 'https://shop.example.com/a?b#c'],
  ['HTTP://INNER:3000/a', 'https://shop.example.com/a'],
  ['https://inner:3000', 'https://shop.example.com'],
  ['http://inner:3000?x', 'https://shop.example.com?x'],
  ['//inner:3000/a', '//shop.example.com/a'],
  ['http://inner.svc:80/a', 'https://shop.example.com/a'],
  ['http://inner:3000/%zz/\u00fc', 'https://shop.example.com/%zz/\u00fc'],
  // Another origin, or none at all.
  ['/a', '/a'],
  ['a/b', 'a/b'],
  ['', ''],
  ['http://inner:3001/a', 'http://inner:3001/a'],
  ['http://inner/a', 'http://inner/a'],
  ['http://inner:3000.evil.example/a', 'http://inner:3000.evil.example/a'],
  ['http://evil.example/http://inner:3000/', 'http://evil.example/http://inner:3000/'],
  ['http://inner:3000@evil.example/', 'http://inner:3000@evil.example/'],
  ['http://user@inner:3000/', 'http://user@inner:3000/'],
  ['http:///inner:3000/', 'http:///inner:3000/'],
  ['ftp://inner:3000/', 'ftp://inner:3000/'],
  ['http://inner:3000\\@evil.example/', 'http://inner:3000\\@evil.example/'],
];

/** A service that redirects to whatever it was asked for, as frameworks do. */
const redirect = (later: Parameters<typeof startUpstream>[1], field = 'location') =>
  startUpstream((req, res) => {
    const scheme = req.headers['x-test-scheme'] ?? 'http';
    const address = `${scheme}://${req.headers.host}/v1/items/next`;
    res.writeHead(302, { [field]: field === 'refresh' ? `0; url=${address}` : address });
    res.end();
  }, later);

const BROWSER = { host: 'shop.example.com', 'x-forwarded-proto': 'https' };

async function fieldOf(url: string, field: string, headers: Readonly<Record<string, string>> = {}) {
  const { request } = await import('node:http');
  return new Promise<string | undefined>((resolve, reject) => {
    request(`${url}/v1/items`, { headers: { ...BROWSER, ...headers }, agent: false }, (res) => {
      res.resume();
      res.on('end', () => resolve(res.headers[field]?.toString()));
    })
      .on('error', reject)
      .end();
  });
}

describe('addresses of a service in its answers', (it) => {
  it('lead to the public origin where they are its own, and are left as they are elsewhere', () => {
    for (const [from, to] of CASES) equal(mapLocation(from, PLACE), to, from);
  });

  it('never lose the encryption that somebody asked for', () => {
    const plain: Place = { ...PLACE, scheme: 'http' };
    equal(mapLocation('http://inner:3000/a', plain), 'http://shop.example.com/a');
    equal(mapLocation('https://inner:3000/a', plain), 'https://shop.example.com/a');
  });

  it('keep every byte behind the host', () => {
    for (let seed = 1; seed < 400; seed += 1) {
      const rest = Array.from({ length: seed % 23 }, (_, at) => String.fromCharCode(33 + ((seed * 31 + at * 17) % 94)));
      const tail = `/${rest.join('')}`;
      equal(mapLocation(`http://inner:3000${tail}`, PLACE), `https://shop.example.com${tail}`);
      equal(mapLocation(`http://other:3000${tail}`, PLACE), `http://other:3000${tail}`);
    }
  });

  it(
    'do not reach the browser :: Location, Content-Location and Refresh, whichever scheme the service believes in',
    within(20_000, async (later) => {
      for (const field of ['location', 'content-location', 'refresh']) {
        const url = await redirect(later, field);
        const policy = testPolicy({ upstreams: { main: testUpstream(url) }, trust: { proxyCidrs: ['127.0.0.1/32'] } });
        const gateway = await startGateway(policy, later);
        const expected = `${field === 'refresh' ? '0; url=' : ''}https://shop.example.com/v1/items/next`;
        for (const scheme of ['http', 'https']) {
          equal(await fieldOf(gateway.url, field, { 'x-test-scheme': scheme }), expected, `${field} ${scheme}`);
        }
      }
    }),
  );

  it(
    'are right from the start where the service is asked for the public host',
    within(10_000, async (later) => {
      const url = await redirect(later);
      const main = { ...testUpstream(url), host: 'keep' as const };
      const gateway = await startGateway(
        testPolicy({ upstreams: { main }, trust: { proxyCidrs: ['127.0.0.1/32'] } }),
        later,
      );
      const next = 'shop.example.com/v1/items/next';
      equal(await fieldOf(gateway.url, 'location', { 'x-test-scheme': 'https' }), `https://${next}`);
      // It does not know that TLS ended in front of it.
      equal(await fieldOf(gateway.url, 'location'), `https://${next}`);
      equal(
        await fieldOf(gateway.url, 'location', { 'x-forwarded-host': 'a.example, inner' }),
        'https://a.example/v1/items/next',
      );
    }),
  );

  it(
    'are not kept in a cache for another host',
    within(10_000, async (later) => {
      const seen: (string | undefined)[] = [];
      const { gateway, calls } = await startCachedGateway(later, (req, res) => {
        res.writeHead(301, { location: `http://${req.headers.host}/v1/items/next`, 'cache-control': 'max-age=60' });
        res.end();
      });
      for (const host of ['a.example', 'a.example', 'b.example'])
        seen.push(await fieldOf(gateway.url, 'location', { host }));
      deepEqual(
        seen,
        ['a', 'a', 'b'].map((name) => `http://${name}.example/v1/items/next`),
      );
      ok(calls() >= 2);
    }),
  );

  it(
    'see the own host of the service by default :: a client does not choose the site of a shared server',
    within(10_000, async (later) => {
      const hosts: (string | undefined)[] = [];
      const url = await startUpstream((req, res) => {
        hosts.push(req.headers.host);
        res.end();
      }, later);
      for (const host of ['target', 'keep'] as const) {
        const main = { ...testUpstream(url), host };
        const gateway = await startGateway(testPolicy({ routes: [testRoute()], upstreams: { main } }), later);
        await fieldOf(gateway.url, 'date');
      }
      deepEqual(hosts, [new URL(url).host, 'shop.example.com']);
    }),
  );
});
