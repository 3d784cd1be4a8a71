/**
 * One ExternalSecret for each secret that something in the cluster reads, with the keys that are read. A value is never here.
 */
import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { type SecretUse, wants } from '../../derive/kubernetes-scope.ts';
import type { EnvironmentModel, Model } from '../../resolve/model/index.ts';
import { metadataOf, systemSubject } from './metadata.ts';
import { type ObjectDraft, SYSTEM_FOLDER } from './object-draft.ts';

type SecretStore = NonNullable<EnvironmentModel['secretStore']>;

/** Every default of the API is written out, or Argo CD would show what the operator fills in as drift. */
export function externalSecretOf(model: Model, store: SecretStore, { secret, keys }: SecretUse): ObjectDraft {
  // The operator deletes the Secret together with this object, so it goes after whatever read it.
  const pruneLast = wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'PruneLast=true' } : {};
  return {
    folder: SYSTEM_FOLDER,
    manifest: {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: metadataOf(model, 'ExternalSecret', secret, systemSubject(model), pruneLast),
      ...{
        spec: {
          refreshInterval: '1h',
          refreshPolicy: 'Periodic',
          secretStoreRef: { kind: store.kind, name: store.name },
          target: { creationPolicy: 'Owner', deletionPolicy: 'Retain', name: secret },
          data: keys.map((key) => ({
            secretKey: key,
            remoteRef: {
              key: secret,
              property: key,
              conversionStrategy: 'Default',
              decodingStrategy: 'None',
              metadataPolicy: 'None',
            },
          })),
        },
      },
    },
    origins: [
      { part: '', origin: model.environment.origin.of('secretStore') },
      { part: '/spec/secretStoreRef', origin: model.environment.origin.of('secretStore') },
    ],
    claims: [
      {
        control: 'security/secret-reference',
        subject: 'environment',
        parameters: { secret, keys: keys.join(', '), store: store.name },
      },
    ],
  };
}
