/**
 * Emits `runtime/policy.json`, the policy that the runtime enforces.
 *
 * The policy itself is built by `compiler/derive/policy/`, because the Kubernetes emitter mounts the same text into the cluster.
 */
import { buildRuntimePolicy, printRuntimePolicy } from '../../derive/policy/build-policy.ts';
import type { Emitter } from '../emitter.ts';
import { claimsOf } from './claims.ts';
import { originsOf } from './origins.ts';

export const emitter: Emitter = {
  id: 'runtime',
  target: 'runtime',
  title: 'the policy that the Seaworthy runtime enforces in front of the services',
  emit(model) {
    const policy = buildRuntimePolicy(model);
    return [
      {
        path: 'runtime/policy.json',
        text: printRuntimePolicy(policy),
        origins: originsOf(model, policy),
        claims: claimsOf(model, policy),
      },
    ];
  },
};
