/**
 * The volumes of embedded datastores: their claims, and how a pod mounts them.
 *
 * A claim is never pruned or deleted with the Application: the data outlives a mistake in the spec.
 */

import { ANNOTATIONS } from '../../../schemas/kubernetes-conventions.ts';
import { formatKubernetesBytes } from '../../../schemas/units/index.ts';
import type { VolumeDatastore } from '../../derive/kubernetes-scope.ts';
import { from, type Mark } from '../../marks.ts';
import { objectName } from '../../object-name.ts';
import type { Model, ServiceModel } from '../../resolve/model/index.ts';
import { KubePersistentVolumeClaim, Quantity, type Volume, type VolumeMount } from './kubernetes-api.ts';
import { metadataOf, subjectOf } from './metadata.ts';
import { type ObjectDraft, typed } from './object-draft.ts';

export function volumeClaimOf(model: Model, service: ServiceModel, store: VolumeDatastore): ObjectDraft {
  return {
    folder: service.name,
    object: typed(
      KubePersistentVolumeClaim,
      from(store.origin.self, {
        metadata: metadataOf(model, 'PersistentVolumeClaim', store.name, subjectOf(service), {
          [ANNOTATIONS.syncOptions]: 'Delete=false,Prune=false',
        }),
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: {
            requests: {
              storage: from(store.origin.of('storage'), Quantity.fromString(formatKubernetesBytes(store.storage))),
            },
          },
        },
      }),
    ),
  };
}

export const dataVolumes = (stores: readonly VolumeDatastore[]): Mark<Volume>[] =>
  stores.map(({ name, origin }) =>
    from(origin.self, { name: volumeName(name), persistentVolumeClaim: { claimName: name } }),
  );

export const dataMounts = (stores: readonly VolumeDatastore[]): Mark<VolumeMount>[] =>
  stores.map(({ name, path, origin }) => from(origin.of('path'), { name: volumeName(name), mountPath: path }));

const volumeName = (datastore: string): string => objectName(`data-${datastore}`);
