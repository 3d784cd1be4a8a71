/**
 * The runtime policy as a ConfigMap for the gateway.
 *
 * Its name carries a digest of the content. A changed policy is a new object, so that the gateway rolls, and rolls back, with it.
 */
import { createHash } from 'node:crypto';
import { ANNOTATIONS, RUNTIME_POLICY } from '../../../schemas/kubernetes-conventions.ts';
import { type ContainerService, wants } from '../../derive/kubernetes-scope.ts';
import { buildRuntimePolicy, printRuntimePolicy } from '../../derive/runtime-policy/build-policy.ts';
import { from } from '../../marks.ts';
import { objectName } from '../../object-name.ts';
import type { Model } from '../../resolve/model/index.ts';
import { KubeConfigMap } from './kubernetes-api.ts';
import { metadataOf, subjectOf } from './metadata.ts';
import { type ObjectDraft, typed } from './object-draft.ts';

export function gatewayConfigMapOf(model: Model, gateway: ContainerService): ObjectDraft {
  const text = printRuntimePolicy(buildRuntimePolicy(model));
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 10);
  // Replicas of the version before still mount the old one until they are gone.
  const pruneLast = wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'PruneLast=true' } : {};
  const name = `${objectName(gateway.name, 45)}-policy-${digest}`;
  return {
    folder: gateway.name,
    object: typed(
      KubeConfigMap,
      from(gateway.origin.self, {
        metadata: metadataOf(model, 'ConfigMap', name, subjectOf(gateway), pruneLast),
        data: { [RUNTIME_POLICY.file]: from(model.environment.origin.self, text) },
        immutable: true,
      }),
    ),
  };
}
