import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { API_KEY_PATTERN, digestSecret, formatApiKey, generateApiKey, parseApiKey } from './api-key.ts';
import { createFixedCallers } from './fixed-callers.ts';
import { createKeyDirectory } from './key-directory.ts';
import type { KeyRecord } from './key-records.ts';

const PEPPER = 'p'.repeat(32);

function setUp() {
  const { text, parts } = generateApiKey('harbour_test');
  const record: KeyRecord = {
    id: parts.id,
    digest: digestSecret(parts.secret, PEPPER),
    keyType: undefined,
    roles: [],
    retiredAtMs: undefined,
    tenant: 'acme',
    tier: undefined,
    user: undefined,
    organisation: undefined,
    expiresAtMs: undefined,
    revokedAtMs: undefined,
  };
  const clock = createFakeClock();
  const state = { record: record as KeyRecord | undefined, isAway: false, isFrozen: false, asked: 0 };
  const directory = createKeyDirectory({
    find: async () => {
      state.asked += 1;
      await Promise.resolve();
      if (state.isFrozen) return new Promise(() => undefined);
      if (state.isAway) throw new Error('away');
      return state.record;
    },
    prefix: 'harbour_test',
    pepper: PEPPER,
    ttlMs: () => 30_000,
    maxStaleMs: () => 900_000,
    clock,
    tenants: () => undefined,
    fixed: () => createFixedCallers(undefined, {}),
    onUse: () => undefined,
    onGrace: () => undefined,
  });
  return { text, parts, record, clock, state, directory };
}

describe('api key', (it) => {
  it('is what its pattern says, and reads back', () => {
    const { text, parts } = generateApiKey('harbour_test');
    match(text, API_KEY_PATTERN);
    deepEqual(parseApiKey(text, 'harbour_test'), { kind: 'key', parts });
    notEqual(generateApiKey('harbour_test').text, text);
  });

  it('is refused offline with any one character changed', () => {
    const { text } = generateApiKey('harbour_test');
    for (let place = 0; place < text.length; place += 1) {
      const other = text.charAt(place) === 'a' ? 'b' : 'a';
      const changed = text.slice(0, place) + other + text.slice(place + 1);
      equal(parseApiKey(changed, 'harbour_test').kind, 'invalid', changed);
    }
  });
});

describe('key directory', (it) => {
  it('asks the database once for any number of requests, and again after the cache time', async () => {
    const { text, clock, state, directory } = setUp();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => directory.verify(text)));
    equal(
      verdicts.every((verdict) => verdict.kind === 'known'),
      true,
    );
    equal(state.asked, 1);
    clock.advance(29_999);
    await directory.verify(text);
    equal(state.asked, 1);
    clock.advance(1);
    await directory.verify(text);
    equal(state.asked, 2);
  });

  it('denies a revoked key as soon as the cache time is over, and at once when told to forget', async () => {
    const { text, parts, record, clock, state, directory } = setUp();
    await directory.verify(text);
    state.record = { ...record, revokedAtMs: 1 };
    clock.advance(30_000);
    deepEqual(await directory.verify(text), { kind: 'denied', reason: 'revoked' });
    const second = setUp();
    await second.directory.verify(second.text);
    second.state.record = { ...second.record, revokedAtMs: 1 };
    equal((await second.directory.verify(second.text)).kind, 'known');
    second.directory.keys.forget(second.parts.id);
    equal((await second.directory.verify(second.text)).kind, 'denied');
    notEqual(parts.id, second.parts.id);
  });

  it('keeps known keys while the database is away, up to the stale time, and denies nobody for it', async () => {
    const { text, clock, state, directory } = setUp();
    await directory.verify(text);
    state.isAway = true;
    clock.advance(899_999);
    equal((await directory.verify(text)).kind, 'known');
    clock.advance(1);
    equal((await directory.verify(text)).kind, 'unavailable');
    state.isAway = false;
    equal((await directory.verify(text)).kind, 'known');
  });

  it('does not wait for a frozen database when the key is cached', async () => {
    const { text, clock, state, directory } = setUp();
    await directory.verify(text);
    state.isFrozen = true;
    clock.advance(30_000);
    equal((await directory.verify(text)).kind, 'known');
    equal((await directory.verify(text)).kind, 'known');
    equal(state.asked, 2);
  });

  it('asks an absent database for a cached key at most once a second', async () => {
    const { text, clock, state, directory } = setUp();
    await directory.verify(text);
    state.isAway = true;
    clock.advance(30_000);
    for (let count = 0; count < 20; count += 1) equal((await directory.verify(text)).kind, 'known');
    equal(state.asked, 2);
  });

  it('answers unavailable for an unknown key while the database is away, and denied when it is there', async () => {
    const { text, state, directory } = setUp();
    state.isAway = true;
    equal((await directory.verify(text)).kind, 'unavailable');
    state.isAway = false;
    state.record = undefined;
    deepEqual(await directory.verify(text), { kind: 'denied', reason: 'unknown' });
  });

  it('denies the right id with another secret', async () => {
    const { record, state, directory } = setUp();
    state.record = { ...record, digest: digestSecret('other', PEPPER) };
    const { text } = generateApiKey('harbour_test');
    deepEqual(await directory.verify(text), { kind: 'denied', reason: 'wrong-secret' });
  });

  it('denies another secret also after the right one was seen :: and a key whose row was replaced', async () => {
    const { text, parts, record, clock, state, directory } = setUp();
    const other = formatApiKey({ ...parts, secret: generateApiKey('harbour_test').parts.secret });
    equal((await directory.verify(text)).kind, 'known');
    for (let round = 0; round < 2; round += 1) {
      deepEqual(await directory.verify(other), { kind: 'denied', reason: 'wrong-secret' });
    }
    equal((await directory.verify(text)).kind, 'known');
    state.record = { ...record, digest: digestSecret('replaced', PEPPER) };
    clock.advance(30_000);
    deepEqual(await directory.verify(text), { kind: 'denied', reason: 'wrong-secret' });
  });

  it('denies a key from the moment that it expires', async () => {
    const { text, record, clock, state, directory } = setUp();
    state.record = { ...record, expiresAtMs: clock.wallMs() + 10 };
    clock.advance(9);
    equal((await directory.verify(text)).kind, 'known');
    clock.advance(1);
    deepEqual(await directory.verify(text), { kind: 'denied', reason: 'expired' });
  });
});
