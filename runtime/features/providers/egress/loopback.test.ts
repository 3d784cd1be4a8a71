import { equal } from 'node:assert/strict';
import { describe } from '../../../../compiler/testing/suite.ts';
import { isLoopbackHost } from './loopback.ts';

describe('names of loopback', (it) => {
  it('are localhost, what is below it, and the addresses', () => {
    for (const host of [
      'localhost',
      'LOCALHOST:9091',
      'localhost.',
      'a.localhost:1',
      '127.0.0.1',
      '127.9.9.9:80',
      '[::1]',
      '[::1]:80',
    ])
      equal(isLoopbackHost(host), true, host);
  });

  it('are no others, however they begin or end', () => {
    const others = [
      'a',
      'evil.example',
      'localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.evil.example',
      '127.1',
      '128.0.0.1',
      '[::2]',
      '',
    ];
    for (const host of others) equal(isLoopbackHost(host), false, host);
  });
});
