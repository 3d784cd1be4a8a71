import { equal } from 'node:assert/strict';
import { describe } from '../../compiler/testing/suite.ts';
import { resolveClient } from '../http/client-address.ts';
import { networkOf } from './caller-data.ts';

describe('network of a caller', (it) => {
  const cases: Readonly<Record<string, readonly [address: string, network: string]>> = {
    'IPv4, its first 24 bits': ['203.0.113.77', '203.0.113.0/24'],
    'IPv6, its first 48 bits': ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    'short IPv6': ['::1', '0:0:0::/48'],
    'IPv4 inside IPv6': ['::ffff:203.0.113.77', '203.0.113.0/24'],
    'no address': ['', 'unknown'],
  };
  for (const [sentence, [address, network]] of Object.entries(cases)) {
    it(sentence, () => equal(networkOf(resolveClient(address, [], [])), network));
  }
});
