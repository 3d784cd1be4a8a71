/**
 * Which database the runtime uses.
 *
 * A pure decision from the policy and the environment, made before anything is opened, so that a wrong one ends the
 * start with a sentence and not with lost keys.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

export type StoragePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'postgresql'; readonly url: string }
  | { readonly kind: 'embedded'; readonly directory: string | undefined }
  | { readonly kind: 'refused'; readonly reason: string };

/** Plans storage. `directory` is where an embedded database persists; without one it lives in memory. */
export function planStorage(
  policy: RuntimePolicy,
  env: Readonly<Record<string, string | undefined>>,
  directory: string | undefined,
): StoragePlan {
  const { database, replicas } = policy.storage;
  const needed =
    policy.routes.some((route) => route.auth === 'api-key') ||
    policy.health.dependencies.some((dependency) => dependency.kind === 'storage');
  if (!needed) return { kind: 'none' };
  const url = env[database.env];
  if (url !== undefined && url !== '') {
    // The value may hold a password, so it is never repeated.
    return /^postgres(?:ql)?:\/\//.test(url)
      ? { kind: 'postgresql', url }
      : { kind: 'refused', reason: `${database.env} must be a postgresql:// URL` };
  }
  if (database.embedded === 'forbidden') {
    return { kind: 'refused', reason: `${database.env} must be set: the policy forbids the embedded database` };
  }
  if (replicas > 1) {
    return {
      kind: 'refused',
      reason: `${database.env} must be set: the embedded database serves one process, and the policy allows ${replicas} replicas`,
    };
  }
  return { kind: 'embedded', directory };
}
