import { deepEqual, equal, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import { testSignature } from '../../testing/signing.ts';
import type { SignedHead } from './claim.ts';
import { macOf } from './digests.ts';
import { signRequest } from './sign-request.ts';
import { simpleBase, simpleProfile } from './simple-profile.ts';

const SECRET = 'an obviously fake secret of a test';
const { headers } = testSignature();
const read = simpleProfile(headers);
const headOf = (fields: Readonly<Record<string, string>>, change: Partial<SignedHead> = {}): SignedHead => ({
  method: 'POST',
  target: '/rules',
  scheme: 'http',
  authority: 'a',
  names: Object.keys(fields),
  rawHeaders: Object.entries(fields).flat(),
  hasBody: true,
  ...change,
});
const dgst = (args: readonly string[], input: string): string =>
  /([0-9a-f]{64})\s*$/.exec(
    spawnSync('openssl', ['dgst', '-sha256', ...args], { input, encoding: 'utf8' }).stdout,
  )?.[1] ?? '';

describe('simple profile', (it) => {
  it('signs as openssl does :: text as it is, hex and base64 by their bytes', () => {
    const request = { method: 'POST', target: '/rules?dry=1', body: '{"rule":"be kind"}' };
    const hash = dgst([], request.body);
    const bytes = Buffer.from(SECRET);
    const keys: Readonly<Record<string, readonly string[]>> = {
      [SECRET]: ['-hmac', SECRET],
      [`hex:${bytes.toString('hex')}`]: ['-mac', 'HMAC', '-macopt', `hexkey:${bytes.toString('hex')}`],
      [`base64:${bytes.toString('base64')}`]: ['-hmac', SECRET],
    };
    for (const [secret, args] of Object.entries(keys)) {
      deepEqual(signRequest({ profile: 'simple', secret }, request, { wallMs: 1_700_000_000_999 }), {
        'x-signature': dgst(args, `POST/rules?dry=11700000000${hash}`),
        'x-timestamp': '1700000000',
        'x-body-hash': hash,
      });
    }
  });

  it('never takes two requests for one :: within the time that a signature holds, their texts differ', () => {
    // Digits at the end of the path are where time and path could run into each other.
    const path = fc
      .array(fc.constantFrom('/', 'a', '0', '1', '7', '9'), { maxLength: 8 })
      .map((parts) => `/${parts.join('')}`);
    const request = fc.record({
      method: fc.constantFrom('POST', 'PUT', 'PATCH', 'P'),
      target: path,
      seconds: fc.integer({ min: 1_700_000_000, max: 1_700_000_600 }),
      hash: fc.constantFrom('', 'ab'.repeat(32), '17'.repeat(32)),
    });
    const textOf = ({
      method,
      target,
      seconds,
      hash,
    }: {
      method: string;
      target: string;
      seconds: number;
      hash: string;
    }) => simpleBase(method, target, String(seconds), hash);
    fc.assert(
      fc.property(request, request, (one, other) => {
        if (JSON.stringify(one) !== JSON.stringify(other)) ok(textOf(one) !== textOf(other));
      }),
      { numRuns: 5_000 },
    );
  });

  it('never throws, and no change to a signed head leaves the signature right', () => {
    const good: Readonly<Record<string, string>> = {
      ...signRequest({ profile: 'simple', secret: SECRET }, { method: 'POST', target: '/rules', body: 'a' }),
    };
    const key = { key: createSecretKey(Buffer.from(SECRET)) };
    const noise = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f]{64}$/), fc.stringMatching(/^[0-9]{1,12}$/));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), noise, (name, value) => {
        if (value === good[name]) return;
        const result = read(headOf({ ...good, [name]: value }));
        if (result.kind === 'denied') return;
        // The blanks around a value are not part of it.
        const isSame = value.trim() === good[name];
        equal(macOf(key, result.claim.base).equals(result.claim.mac), isSame);
      }),
      { numRuns: 3_000 },
    );
    const untouched = read(headOf(good));
    ok(untouched.kind === 'claim');
    ok(macOf(key, untouched.claim.base).equals(untouched.claim.mac));
  });
});
