import { equal, ok } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { parseRanges, resolveClient } from './client-address.ts';
import { readForwardedHost, readForwardedProto } from './forwarded-fields.ts';

const PROTOS: readonly (readonly [lines: readonly string[], meaning: 'http' | 'https' | undefined])[] = [
  [['https'], 'https'],
  [['https,http'], 'https'],
  [['https, http'], 'https'],
  [['http,https'], 'http'],
  [['https', 'http'], 'https'],
  [[' HTTPS\t'], 'https'],
  [[',https'], 'https'],
  [['', 'https'], 'https'],
  [[', ,'], undefined],
  [['wss'], 'https'],
  [['ws,https'], 'http'],
  [['"https"'], undefined],
  [['https;q=1'], undefined],
  [['httpsx,https'], undefined],
  [['constructor'], undefined],
  [['https http'], undefined],
  [[], undefined],
];

const HOSTS: readonly (readonly [lines: readonly string[], host: string | undefined])[] = [
  [['shop.example.com'], 'shop.example.com'],
  [['shop.example.com, gateway:8080'], 'shop.example.com'],
  [['shop.example.com:8443', 'inner'], 'shop.example.com:8443'],
  [['[2001:db8::1]:443,a'], '[2001:db8::1]:443'],
  [[' ,a'], 'a'],
  [['a b'], undefined],
  [['a/b'], undefined],
  [['a@b, c'], undefined],
  [['-a'], undefined],
  [['a:b'], undefined],
  [['a\u00e9'], undefined],
  [[`${'a'.repeat(300)}`], undefined],
  [[], undefined],
];

describe('forwarded fields', (it) => {
  it('read a list of schemes by its first entry :: and junk as nothing said', () => {
    for (const [lines, meaning] of PROTOS) equal(readForwardedProto(lines), meaning, JSON.stringify(lines));
  });

  it('read a list of hosts by its first entry :: and junk as nothing said', () => {
    for (const [lines, host] of HOSTS) equal(readForwardedHost(lines), host, JSON.stringify(lines));
  });

  it('never say more than the first entry that is not empty, whatever follows and however the list is cut into lines', () => {
    const pieces = ['https', 'http', 'wss', 'x', '', ' ', '"', 'a,b'];
    for (let seed = 0; seed < 500; seed += 1) {
      const entries = Array.from(
        { length: 1 + (seed % 5) },
        (_, at) => pieces[(seed * 7 + at * 13) % pieces.length] ?? '',
      );
      const whole = readForwardedProto([entries.join(',')]);
      equal(readForwardedProto(entries), whole, JSON.stringify(entries));
      equal(readForwardedProto([...entries, 'http', 'https']), whole ?? readForwardedProto([...entries, 'http']));
      equal(readForwardedHost([`a.example, ${entries.join(',')}`]), 'a.example');
    }
  });
});

describe('X-Forwarded-For', (it) => {
  const proxies = parseRanges(['10.0.0.0/8']) ?? [];
  const clientOf = (...lines: string[]) => resolveClient('10.0.0.1', lines, proxies).client;

  it('skips empty entries :: they were written by nobody', () => {
    equal(clientOf('203.0.113.7,'), '203.0.113.7');
    equal(clientOf('203.0.113.7, , 10.0.0.2'), '203.0.113.7');
    equal(clientOf('', '203.0.113.7'), '203.0.113.7');
    equal(clientOf(','), '10.0.0.1');
  });

  it('ends at junk :: what stands left of it was never vouched for', () => {
    for (const junk of ['unknown', '_hidden', '127.1', '0x7f000001', '1.2.3.4.5', '"1.2.3.4"', 'a.example']) {
      equal(clientOf(`203.0.113.7, ${junk}, 10.0.0.2`), '10.0.0.2', junk);
    }
  });

  it('takes an address with a port or in brackets', () => {
    equal(clientOf('203.0.113.7:4711'), '203.0.113.7');
    equal(clientOf('[2001:db8::1]:4711'), '2001:db8::1');
    ok(clientOf('[2001:db8::1]').startsWith('2001:db8'));
  });
});
