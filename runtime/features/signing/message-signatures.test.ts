import { deepEqual, equal, ok } from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe } from '../../../compiler/testing/suite.ts';
import type { SignedHead } from './claim.ts';
import { macOf } from './digests.ts';
import { rfc9421, signatureBase } from './message-signatures.ts';
import { decodeSecret } from './secrets.ts';
import { signRequest } from './sign-request.ts';
import { parseDictionary } from './structured-fields.ts';

/** RFC 9421, B.1.5: a published test key. */
const RFC_KEY = 'base64:uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==';
const keyOf = (secret: string) => ({ key: createSecretKey(decodeSecret(secret) ?? Buffer.alloc(0)) });

function headOf(fields: Readonly<Record<string, string>>, change: Partial<SignedHead> = {}): SignedHead {
  return {
    method: 'POST',
    target: '/foo?param=Value&Pet=dog',
    scheme: 'https',
    authority: 'Example.com:443',
    names: Object.keys(fields),
    rawHeaders: Object.entries(fields).flat(),
    hasBody: true,
    ...change,
  };
}

const SIGNER = { profile: 'rfc9421', secret: 'a secret of at least thirty-two bytes', keyId: 'k1' } as const;
const REQUEST = { method: 'POST', target: '/foo?param=Value&Pet=dog', body: '{"hello": "world"}' };
const signed = () => signRequest(SIGNER, REQUEST, { wallMs: 1_700_000_000_000, nonce: 'n1' });
/** Signature-Input with other insides; the signature is then of no account, since reading comes first. */
const withInput = (input: string): Readonly<Record<string, string>> => ({ ...signed(), 'signature-input': input });
const reasonOf = (fields: Readonly<Record<string, string>>, change: Partial<SignedHead> = {}): string => {
  const read = rfc9421(headOf(fields, change));
  return read.kind === 'denied' ? read.reason : 'claim';
};

describe('http message signatures', (it) => {
  it('computes the signature of the RFC :: B.2.5', () => {
    const fields = {
      date: 'Tue, 20 Apr 2021 02:07:55 GMT',
      'content-type': 'application/json',
      'signature-input': 'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    };
    const input = parseDictionary(fields['signature-input'])?.get('sig-b25');
    ok(input?.kind === 'list');
    const base = signatureBase(headOf(fields), input, ['date', '@authority', 'content-type']);
    ok(base !== undefined);
    equal(macOf(keyOf(RFC_KEY), base).toString('base64'), 'pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=');
  });

  it('knows the derived components of a request :: 2.2', () => {
    const lineOf = (component: string, target = '/p?q=1', authority = 'A.example:443') => {
      const input = parseDictionary(`s=("${component}")`)?.get('s');
      const base = input?.kind === 'list' && signatureBase(headOf({}, { target, authority }), input, [component]);
      return base === undefined || base === false ? undefined : base.split('\n')[0];
    };
    equal(lineOf('@method'), '"@method": POST');
    equal(lineOf('@path'), '"@path": /p');
    equal(lineOf('@query'), '"@query": ?q=1');
    equal(lineOf('@query', '/p'), '"@query": ?');
    equal(lineOf('@query', '/p?'), '"@query": ?');
    equal(lineOf('@authority'), '"@authority": a.example');
    equal(lineOf('@authority', '/p', 'a.example:80'), '"@authority": a.example:80');
    equal(lineOf('@scheme'), '"@scheme": https');
    equal(lineOf('@target-uri'), '"@target-uri": https://a.example/p?q=1');
    equal(lineOf('@request-target'), '"@request-target": /p?q=1');
    equal(lineOf('@status'), undefined);
    equal(lineOf('@query-param'), undefined);
    equal(lineOf('x-not-there'), undefined);
  });

  it('joins the lines of a covered field, without the blanks around them', () => {
    const input = parseDictionary('s=("x-a")')?.get('s');
    ok(input?.kind === 'list');
    const head = headOf({}, { names: ['x-a', 'x-b', 'x-a'], rawHeaders: ['X-A', ' one\t', 'X-B', 'no', 'X-A', 'two'] });
    equal(signatureBase(head, input, ['x-a'])?.split('\n')[0], '"x-a": one, two');
  });

  it('reads what its own signer writes', () => {
    const read = rfc9421(headOf(signed()));
    ok(read.kind === 'claim');
    equal(read.claim.createdMs, 1_700_000_000_000);
    equal(read.claim.nonce, '["k1","n1"]');
    equal(read.claim.bodyDigests.length, 1);
    deepEqual(macOf(keyOf(SIGNER.secret), read.claim.base), read.claim.mac);
  });

  const all = '"@method" "@path" "@query" "content-digest"';
  const end = ';created=1;nonce="n";keyid="k"';
  const READINGS: Readonly<Record<string, readonly [fields: Readonly<Record<string, string>>, reason: string]>> = {
    'takes the target as one component': [withInput(`sig=("@method" "@target-uri" "content-digest")${end}`), 'claim'],
    'takes the algorithm when it is ours': [withInput(`sig=(${all})${end};alg="hmac-sha256"`), 'claim'],
    'refuses another algorithm': [withInput(`sig=(${all})${end};alg="ed25519"`), 'malformed'],
    'wants a signature': [{ 'signature-input': 'sig=()' }, 'missing'],
    'wants its input': [{ signature: 'sig=:AA==:' }, 'missing'],
    'wants the time': [withInput(`sig=(${all});nonce="n";keyid="k"`), 'malformed'],
    'wants the nonce': [withInput(`sig=(${all});created=1;keyid="k"`), 'malformed'],
    'wants a nonce that is text': [withInput(`sig=(${all});created=1;nonce=1;keyid="k"`), 'malformed'],
    'wants the name of the key': [withInput(`sig=(${all});created=1;nonce="n"`), 'malformed'],
    'wants the time to be a number': [withInput(`sig=(${all});created="1";nonce="n";keyid="k"`), 'malformed'],
    'wants an expiry to be a number': [withInput(`sig=(${all})${end};expires="1"`), 'malformed'],
    'refuses two labels': [withInput(`sig=(${all})${end}, two=(${all})${end}`), 'malformed'],
    'refuses one label twice': [withInput(`sig=(${all})${end}, sig=(${all})${end}`), 'malformed'],
    'refuses a label without a signature': [withInput(`other=(${all})${end}`), 'malformed'],
    'refuses a component twice': [withInput(`sig=(${all} "@method")${end}`), 'malformed'],
    'refuses a component with parameters': [withInput(`sig=(${all} "date";sf)${end}`), 'malformed'],
    'refuses a component that is not there': [withInput(`sig=(${all} "x-none")${end}`), 'malformed'],
    'refuses a component of a response': [withInput(`sig=(${all} "@status")${end}`), 'malformed'],
    'refuses the method uncovered': [withInput(`sig=("@path" "@query" "content-digest")${end}`), 'uncovered'],
    'refuses the query uncovered': [withInput(`sig=("@method" "@path" "content-digest")${end}`), 'uncovered'],
    'refuses the path uncovered': [withInput(`sig=("@method" "@query" "content-digest")${end}`), 'uncovered'],
    'refuses the body uncovered': [withInput(`sig=("@method" "@path" "@query")${end}`), 'body-unsigned'],
    'refuses a signature of another length': [{ ...signed(), signature: 'sig=:AAAA:' }, 'malformed'],
    'refuses a digest that nobody knows': [{ ...signed(), 'content-digest': 'md5=:AAAA:' }, 'malformed'],
    'refuses a digest of another length': [{ ...signed(), 'content-digest': 'sha-256=:AAAA:' }, 'malformed'],
  };
  for (const [name, [fields, reason]] of Object.entries(READINGS)) {
    it(name, () => equal(reasonOf(fields), reason));
  }

  it('needs no digest where there is no body', () => {
    equal(reasonOf(withInput(`sig=("@method" "@path" "@query")${end}`), { hasBody: false }), 'claim');
  });

  it('never throws, and no change to a signed head leaves the signature right', () => {
    const fields = signed();
    const names = Object.keys(fields);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(), fc.string({ minLength: 1, maxLength: 3 }), (name, at, text) => {
        const value = fields[name] ?? '';
        const index = at % value.length;
        const changed = `${value.slice(0, index)}${text}${value.slice(index + 1)}`;
        const read = rfc9421(headOf({ ...fields, [name]: changed }));
        if (read.kind === 'denied') return true;
        const original = rfc9421(headOf(fields));
        ok(original.kind === 'claim');
        // What is read is either the same claim, spelled differently, or its signature is wrong.
        return (
          JSON.stringify(read.claim) === JSON.stringify(original.claim) ||
          !macOf(keyOf(SIGNER.secret), read.claim.base).equals(read.claim.mac)
        );
      }),
      { numRuns: 3_000 },
    );
  });
});
