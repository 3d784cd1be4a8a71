/**
 * One ExternalSecret for each secret that something in the cluster reads, with the keys that are read. A value is never here.
 */
import type { SecretUse } from '../../derive/kubernetes-scope.ts';
import { SKIP_DRY_RUN, syncOptions } from '../../derive/sync-options.ts';
import { claim, from, fromAll } from '../../marks.ts';
import type { EnvironmentModel, Model } from '../../resolve/model/index.ts';
import { metadataOf, systemSubject } from './metadata.ts';
import { custom, type ObjectDraft, SYSTEM_FOLDER } from './object-draft.ts';

type SecretStore = NonNullable<EnvironmentModel['secretStore']>;

/** With every default of the API, as above. The kubelet takes no other type. */
const PULL_SECRET = {
  type: 'kubernetes.io/dockerconfigjson',
  engineVersion: 'v2',
  mergePolicy: 'Merge',
} as const;

/** Every default of the API is written out, or Argo CD would show what the operator fills in as drift. */
export function externalSecretOf(
  model: Model,
  store: SecretStore,
  { secret, keys, isPullSecret, readers }: SecretUse,
): ObjectDraft {
  const origin = model.environment.origin.of('secretStore');
  // The operator deletes the Secret together with this object, so it goes after whatever read it.
  const options = syncOptions(model, ['PruneLast=true', SKIP_DRY_RUN]);
  return {
    folder: SYSTEM_FOLDER,
    object: custom(
      from(origin, {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: metadataOf(model, 'ExternalSecret', secret, systemSubject(model), options),
        spec: claim(
          'security/secret-reference',
          'environment',
          { secret, keys: keys.join(', '), store: store.name },
          {
            refreshInterval: '1h',
            refreshPolicy: 'Periodic',
            secretStoreRef: from(origin, { kind: store.kind, name: store.name }),
            target: {
              creationPolicy: 'Owner',
              deletionPolicy: 'Retain',
              name: fromAll(readers, secret),
              ...(isPullSecret ? { template: from(model.environment.origin.of('imagePullSecrets'), PULL_SECRET) } : {}),
            },
            data: keys.map((key) => ({
              secretKey: fromAll(readers, key),
              remoteRef: {
                key: fromAll(readers, secret),
                property: fromAll(readers, key),
                conversionStrategy: 'Default',
                decodingStrategy: 'None',
                metadataPolicy: 'None',
              },
            })),
          },
        ),
      }),
    ),
  };
}
