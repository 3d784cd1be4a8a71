/** Signed requests (RFC 9421 and a simple profile): `auth.signature`, and `auth: signature` of a route. */
import type { Feature } from '../../feature.ts';
import { readSigningSecrets } from './secrets.ts';
import { signatures } from './signing-rules.ts';

export const signing: Feature<undefined> = {
  isAskedFor: ({ routes }) => routes.some(({ auth }) => auth === 'signature'),
  rules: [signatures],
  fit(policy, env) {
    const read = readSigningSecrets(policy, env);
    return read.kind === 'refused' ? read.reasons : [];
  },
  load: async () => (await import('./open-feature.ts')).openSigning,
};
