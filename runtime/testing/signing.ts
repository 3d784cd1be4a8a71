/** How requests are signed in tests. */
import type { Auth } from '../../schemas/runtime-policy.gen.ts';

type Signature = NonNullable<Auth['signature']>;

export function testSignature(change: Partial<Signature> = {}): Signature {
  return {
    profile: 'simple',
    secretEnvs: ['SIGNING_SECRET', 'SIGNING_SECRET_PREVIOUS'],
    maxSkewMs: 300_000,
    headers: { signature: 'x-signature', timestamp: 'x-timestamp', bodyHash: 'x-body-hash' },
    skewStatus: 408,
    maxBodyBytes: 1_000,
    onStoreFailure: 'closed',
    ...change,
  };
}
