/** Opens what checks signatures: the secrets of the policy in force, and the nonces that were used. */
import type { FeatureContext, OpenedFeature } from '../../feature.ts';
import { createNonceStore } from './nonce-store.ts';
import { redisNonces } from './redis-nonces.ts';
import { readSigningSecrets, type SigningSecret } from './secrets.ts';
import { exportNonces } from './signing-metrics.ts';
import { verifySignature } from './verify-signature.ts';

type Context = Pick<FeatureContext, 'policy' | 'env' | 'clock' | 'log' | 'registry' | 'redis'>;

export function openSigning({ policy: first, env, clock, log, registry, redis }: Context): OpenedFeature<undefined> {
  const nonces = createNonceStore({ clock, shared: redis && redisNonces(redis) });
  exportNonces(registry, nonces);
  if (redis === undefined && first.storage.replicas > 1 && first.auth.signature !== undefined) {
    log.warn('used signatures are not shared: a captured request passes once on each replica');
  }
  let secrets: readonly SigningSecret[] = [];
  return {
    api: undefined,
    use(policy) {
      // A refusal was told before it came to this; without a secret no signed request passes.
      const read = readSigningSecrets(policy, env);
      secrets = read.kind === 'secrets' ? read.secrets : [];
    },
    steps: (parts, route) =>
      route.auth === 'signature'
        ? { credential: verifySignature({ ...parts, signing: { secrets, nonces } }, route) }
        : {},
  };
}
