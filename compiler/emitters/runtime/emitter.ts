/**
 * Emits `runtime/policy.json`, the policy that the runtime enforces.
 *
 * The policy itself is built by `compiler/derive/runtime-policy/`, because the Kubernetes emitter mounts the same text into the cluster.
 */
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';
import { draftRuntimePolicy } from '../../derive/runtime-policy/build-policy.ts';
import { printMarkedJson } from '../../printers/json.ts';
import type { Emitter } from '../emitter.ts';

export const emitter: Emitter = {
  id: 'runtime',
  target: 'runtime',
  title: 'the policy that the Seaworthy runtime enforces in front of the services',
  emit: (model) => [{ path: 'runtime/policy.json', ...printMarkedJson<RuntimePolicy>(draftRuntimePolicy(model)) }],
};
