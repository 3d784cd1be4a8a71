import { equal, match, ok } from 'node:assert/strict';
import { describe } from '../../../compiler/testing/suite.ts';
import { testPolicy, testRoute } from '../../testing/policy.ts';
import { testSignature } from '../../testing/signing.ts';
import { decodeSecret, readSigningSecrets } from './secrets.ts';

const policy = testPolicy({
  auth: { ...testPolicy().auth, signature: testSignature() },
  routes: [testRoute({ auth: 'signature' })],
});
const TEXT = 'an obviously fake secret of a test';
const reasons = (env: Record<string, string | undefined>): string => {
  const read = readSigningSecrets(policy, env);
  return read.kind === 'refused' ? read.reasons.join('\n') : '';
};

describe('signing secrets', (it) => {
  it('takes all that are set, under the names of their variables', () => {
    const read = readSigningSecrets(policy, { SIGNING_SECRET: TEXT, SIGNING_SECRET_PREVIOUS: `${TEXT} of old` });
    ok(read.kind === 'secrets');
    equal(read.secrets.map(({ id }) => id).join(), 'SIGNING_SECRET,SIGNING_SECRET_PREVIOUS');
    equal(reasons({ SIGNING_SECRET_PREVIOUS: TEXT }), '');
  });

  it('asks for none where nobody signs', () => {
    const open = { ...policy, routes: [testRoute()] };
    ok(readSigningSecrets(open, {}).kind === 'secrets');
  });

  it('[JAM-048] refuses a secret that cannot be used, and never shows it :: unset, empty, short, not well formed', () => {
    match(reasons({}), /^SIGNING_SECRET or SIGNING_SECRET_PREVIOUS must be set/);
    match(reasons({ SIGNING_SECRET: '' }), /must be set/);
    match(reasons({ SIGNING_SECRET: 'x'.repeat(31) }), /^SIGNING_SECRET must hold at least 32 bytes$/);
    equal(reasons({ SIGNING_SECRET: 'x'.repeat(32) }), '');
    match(reasons({ SIGNING_SECRET: `hex:${'ab'.repeat(31)}` }), /at least 32 bytes/);
    match(reasons({ SIGNING_SECRET: `hex:${'zz'.repeat(40)}` }), /^SIGNING_SECRET is not well formed/);
    match(reasons({ SIGNING_SECRET: `base64:${'*'.repeat(80)}` }), /not well formed/);
    // One good secret does not excuse a bad one.
    match(reasons({ SIGNING_SECRET: TEXT, SIGNING_SECRET_PREVIOUS: 'hunter2' }), /^SIGNING_SECRET_PREVIOUS must/);
    equal(reasons({ SIGNING_SECRET: TEXT, SIGNING_SECRET_PREVIOUS: 'hunter2' }).includes('hunter2'), false);
  });

  it('reads a secret as it says :: text, hex, base64', () => {
    equal(decodeSecret('abcd')?.toString(), 'abcd');
    equal(decodeSecret('hex:6162')?.toString(), 'ab');
    equal(decodeSecret('hex:ABCD')?.toString('hex'), 'abcd');
    equal(decodeSecret('base64:YWI=')?.toString(), 'ab');
    equal(decodeSecret('hex:616'), undefined);
    equal(decodeSecret('base64:YWI'), undefined);
  });
});
