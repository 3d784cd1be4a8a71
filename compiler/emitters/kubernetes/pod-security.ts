/**
 * The rights of pods and containers: those of the Pod Security Standard "restricted", a read-only root and nothing more.
 */

import { formatKubernetesBytes } from '../../../schemas/units/index.ts';
import { field, from, type Mark, type Marked } from '../../marks.ts';
import type { SecurityModel, WritablePathModel } from '../../resolve/model/index.ts';
import type { PodSecurityContext, SecurityContext, Volume, VolumeMount } from './kubernetes-api.ts';
import { Quantity } from './kubernetes-api.ts';

export interface Identity {
  readonly uid: Marked<number>;
  readonly gid: Marked<number>;
}

/** The user of pods that the compiler itself adds, above the range that hosts give to people. */
export const DEFAULT_IDENTITY: Identity = { uid: 10001, gid: 10001 };

export const identityOf = (security: SecurityModel): Identity => ({
  uid: field(security, 'uid'),
  gid: field(security, 'gid'),
});

export const podSecurityOf = ({ uid, gid }: Identity): Marked<PodSecurityContext> => ({
  fsGroup: gid,
  fsGroupChangePolicy: 'OnRootMismatch',
  runAsGroup: gid,
  runAsNonRoot: true,
  runAsUser: uid,
  seccompProfile: { type: 'RuntimeDefault' },
});

export const containerSecurityOf = (readOnlyRootFilesystem: Marked<boolean>): Marked<SecurityContext> => ({
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  privileged: false,
  readOnlyRootFilesystem,
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
});

/** One scratch volume for each folder that may be written: empty at the start, bounded, gone with the pod. */
export const scratchVolumes = (writable: readonly WritablePathModel[]): Mark<Volume>[] =>
  writable.map((folder, index) =>
    from(folder.origin.self, {
      name: volumeName(folder, index),
      emptyDir: { sizeLimit: Quantity.fromString(formatKubernetesBytes(folder.size)) },
    }),
  );

export const scratchMounts = (writable: readonly WritablePathModel[]): Mark<VolumeMount>[] =>
  writable.map((folder, index) =>
    from(folder.origin.self, { name: volumeName(folder, index), mountPath: folder.path }),
  );

/** Says where it is mounted; the index keeps `/a/b` and `/a-b` apart. */
function volumeName({ path }: WritablePathModel, index: number): string {
  const words = path.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return ['writable', String(index), ...words].join('-').slice(0, 63).replace(/-+$/, '');
}
