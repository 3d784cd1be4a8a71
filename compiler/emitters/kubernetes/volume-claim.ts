/**
 * The volumes of embedded datastores: their claims, and how a pod mounts them.
 *
 * A claim is never pruned or deleted with the Application: the data outlives a mistake in the spec.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { formatKubernetesBytes } from '../../../schemas/units/index.ts';
import type { VolumeDatastore } from '../../derive/kubernetes-scope.ts';
import { objectName } from '../../object-name.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { KubePersistentVolumeClaim, Quantity, type Volume, type VolumeMount } from './kubernetes-api.ts';
import { metadataOf, subjectOf } from './metadata.ts';
import type { ObjectDraft } from './object-draft.ts';

export function volumeClaimOf(model: Model, service: ServiceModel, store: VolumeDatastore): ObjectDraft {
  return {
    folder: service.name,
    manifest: KubePersistentVolumeClaim.manifest({
      metadata: metadataOf(model, 'PersistentVolumeClaim', store.name, subjectOf(service), {
        [ANNOTATIONS.syncOptions]: 'Delete=false,Prune=false',
      }),
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: Quantity.fromString(formatKubernetesBytes(store.storage)) } },
      },
    }),
    origins: [
      { part: '', origin: store.origin.self },
      { part: '/spec/resources/requests/storage', origin: store.origin.of('storage') },
    ],
  };
}

export const dataVolumes = (stores: readonly VolumeDatastore[]): Volume[] =>
  stores.map(({ name }) => ({ name: volumeName(name), persistentVolumeClaim: { claimName: name } }));

export const dataMounts = (stores: readonly VolumeDatastore[]): VolumeMount[] =>
  stores.map(({ name, path }) => ({ name: volumeName(name), mountPath: path }));

const volumeName = (datastore: string): string => objectName(`data-${datastore}`);
