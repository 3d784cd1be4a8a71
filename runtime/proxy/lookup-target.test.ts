import { deepEqual, equal } from 'node:assert/strict';
import dns from 'node:dns';
import { mock } from 'node:test';
import { describe } from '../../compiler/testing/suite.ts';
import { lookupTarget } from './lookup-target.ts';

/** What the name server of a test says. */
function resolveTo(...addresses: readonly string[]): void {
  mock.method(dns, 'lookup', (_name: string, options: dns.LookupOptions, callback: (...told: unknown[]) => void) => {
    const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address, all[0]?.family);
  });
}

const ask = (all: boolean): Promise<unknown> =>
  new Promise((resolve) =>
    lookupTarget('orders.internal', { all }, (error, found) => resolve(error === null ? found : error.code)),
  );

describe('lookup of a target', (it) => {
  it('refuses a name that means an address of instance metadata :: alone or among others', async () => {
    try {
      resolveTo('169.254.169.254');
      equal(await ask(false), 'EHOSTUNREACH');
      equal(await ask(true), 'EHOSTUNREACH');
      resolveTo('10.0.0.7', 'fe80::1%eth0');
      equal(await ask(true), 'EHOSTUNREACH');
    } finally {
      mock.restoreAll();
    }
  });

  it('hands on any other answer as it is', async () => {
    try {
      resolveTo('10.0.0.7', 'fd00::7');
      equal(await ask(false), '10.0.0.7');
      deepEqual(await ask(true), [
        { address: '10.0.0.7', family: 4 },
        { address: 'fd00::7', family: 6 },
      ]);
    } finally {
      mock.restoreAll();
    }
    equal(
      await new Promise((resolve) => lookupTarget('no-such-host.invalid', {}, (error) => resolve(error !== null))),
      true,
    );
  });
});
