import { deepEqual, equal, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe } from '../../compiler/testing/suite.ts';
import { testRoute } from '../testing/policy.ts';
import { createClientResolver, isInRanges, parseRanges, resolveClient } from './client-address.ts';
import { parseTarget } from './request-target.ts';
import { createRouteTable } from './route-table.ts';

describe('request target', (it) => {
  it('has one normal form :: parsing it again changes nothing, and no structure is hidden in it', () => {
    const piece = fc.constantFrom(
      'a',
      'B',
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%41',
      '%c3%a9',
      '%ab',
      ';',
      '\\',
      '?',
      '#',
      '%',
      '%00',
      ' ',
      '~',
      '%7E',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const parsed = parseTarget(`/${pieces.join('')}`);
        if (parsed.kind === 'refused') return;
        deepEqual(parseTarget(parsed.path + parsed.query), parsed);
        equal(decodeURIComponent(parsed.path).split('/').length, parsed.path.split('/').length);
        ok(parsed.path.split('/').every((segment) => !/^\.{1,2}(;|$)/.test(segment)));
        // What a URL parser of another server would make of it.
        equal(new URL(`http://a${parsed.path}`).pathname, parsed.path);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('route table', (it) => {
  const table = createRouteTable([
    testRoute({ id: 'root', path: '/', match: 'prefix', methods: ['GET'] }),
    testRoute({ id: 'api', path: '/api', match: 'prefix', methods: ['GET', 'POST'] }),
    testRoute({ id: 'api-exact', path: '/api', match: 'exact', methods: ['DELETE'] }),
    testRoute({ id: 'deep', path: '/api/v1/things', match: 'prefix', methods: ['GET'] }),
    testRoute({ id: 'files', path: '/files/', match: 'prefix', methods: ['GET'] }),
  ]);
  const idOf = (path: string, method: string): string => {
    const match = table.match(path, method);
    return match.kind === 'route' ? match.route.id : match.kind === 'no-method' ? match.allow.join() : match.kind;
  };
  const CASES: readonly (readonly [string, string, string])[] = [
    ['/', 'GET', 'root'],
    ['/other', 'GET', 'root'],
    ['/api', 'DELETE', 'api-exact'],
    ['/api', 'GET', 'DELETE'],
    ['/api/', 'POST', 'api'],
    ['/api/x', 'POST', 'api'],
    ['/apix', 'POST', 'GET,HEAD'],
    ['/api/v1/things/7', 'GET', 'deep'],
    ['/api/v1/things', 'POST', 'GET,HEAD'],
    ['/api/v1', 'POST', 'api'],
    ['/files/a/b', 'HEAD', 'files'],
    ['/files', 'GET', 'root'],
  ];
  for (const [path, method, expected] of CASES) {
    it(`${method} ${path} gives ${expected}`, () => equal(idOf(path, method), expected));
  }
});

describe('route table with closed paths', (it) => {
  const table = createRouteTable([
    testRoute({ id: 'all', path: '/', match: 'prefix', methods: ['GET'], closed: ['/metrics', '/ready/'] }),
    testRoute({ id: 'named', path: '/metrics/trade', match: 'exact', methods: ['GET'] }),
  ]);
  const CASES: readonly (readonly [string, string])[] = [
    ['/metrics', 'no-path'],
    ['/metrics/x', 'no-path'],
    ['/METRICS', 'no-path'],
    ['/metrics;a=b', 'no-path'],
    ['/ready', 'no-path'],
    ['/metricsx', 'route'],
    ['/metrics/trade', 'route'],
    ['/', 'route'],
  ];
  for (const [path, kind] of CASES) it(`${path} is ${kind}`, () => equal(table.match(path, 'GET').kind, kind));
});

describe('client address', (it) => {
  const proxies = parseRanges(['10.0.0.0/8', 'fd00::/8']) ?? [];
  const CASES: readonly (readonly [string, string, string, string])[] = [
    ['a stranger speaks for itself alone', '203.0.113.9', '1.1.1.1', '203.0.113.9'],
    ['a proxy speaks for its client', '10.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['through two proxies', '10.0.0.1', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['a client that forges the left end', '10.0.0.1', '10.9.9.9, 1.1.1.1, 203.0.113.9', '203.0.113.9'],
    ['with a port', '10.0.0.1', '203.0.113.9:55555', '203.0.113.9'],
    ['IPv6 in brackets', '10.0.0.1', '[2001:db8::7]:443', '2001:db8::7'],
    ['IPv4 inside IPv6', '::ffff:10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
    ['junk ends the walk', '10.0.0.1', '203.0.113.9, junk', '10.0.0.1'],
    ['numbers that only some read as addresses', '10.0.0.1', '0x7f000001', '10.0.0.1'],
    ['an empty chain', '10.0.0.1', '', '10.0.0.1'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ];
  for (const [name, peer, chain, expected] of CASES) {
    it(name, () => equal(resolveClient(peer, [chain], proxies).client, expected));
  }
  it('keys IPv6 by its /64', () => {
    equal(resolveClient('2001:db8:1:2:3::4', [], []).key, resolveClient('2001:db8:1:2:ffff::', [], []).key);
    ok(resolveClient('2001:db8:1:2::4', [], []).key !== resolveClient('2001:db8:1:3::4', [], []).key);
  });
  it('tells ranges apart by family', () => {
    equal(isInRanges('::ffff:10.1.1.1', proxies), true);
    equal(isInRanges('11.1.1.1', proxies), false);
    equal(isInRanges('fd12::1', proxies), true);
  });
});

describe('client resolver', (it) => {
  it('answers from memory what it would find out anew :: also when it has forgotten', () => {
    const proxies = parseRanges(['10.0.0.0/8']) ?? [];
    const resolve = createClientResolver(proxies);
    const peers = [
      '10.0.0.1',
      '10.0.0.2',
      '203.0.113.9',
      'nonsense',
      ...Array.from({ length: 5_000 }, (_, n) => `2001:db8::${n.toString(16)}`),
    ];
    for (const peer of [...peers, ...peers.slice(0, 9)]) {
      for (const line of [undefined, '198.51.100.7', '198.51.100.8, 10.0.0.2', 'x'.repeat(400)]) {
        deepEqual(resolve(peer, line), resolveClient(peer, line === undefined ? [] : [line], proxies));
      }
    }
  });
});
