/**
 * Files that secrets fill: one read-only volume for each folder, so that the files of several secrets may stand side by side.
 *
 * Whole folders are mounted, never single files: the kubelet renews what is in a folder, and a file mounted by itself stays as it was.
 */
import { from, type Mark } from '../../marks.ts';
import type { Origin, SecretFileModel } from '../../resolve/model/index.ts';
import type { Volume, VolumeMount } from './kubernetes-api.ts';

/** Readable by the group of the pod (`fsGroup`), and by nobody else. */
const MODE = 0o440;

export const fileVolumes = (files: readonly SecretFileModel[], origin: Origin): Mark<Volume>[] =>
  foldersOf(files).map(({ name, files: inside }) =>
    from(origin, {
      name,
      projected: {
        defaultMode: MODE,
        sources: [...new Set(inside.map(({ secret }) => secret))].map((secret) => ({
          secret: {
            name: secret,
            items: inside.flatMap((file) =>
              file.secret === secret ? [{ key: file.key, path: file.path.slice(file.path.lastIndexOf('/') + 1) }] : [],
            ),
          },
        })),
      },
    }),
  );

export const fileMounts = (files: readonly SecretFileModel[], origin: Origin): Mark<VolumeMount>[] =>
  foldersOf(files).map(({ name, folder }) => from(origin, { name, mountPath: folder, readOnly: true }));

interface Folder {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly SecretFileModel[];
}

/** In the order of their paths; the index keeps `/a/b` and `/a-b` apart. */
function foldersOf(files: readonly SecretFileModel[]): readonly Folder[] {
  const byFolder = new Map<string, SecretFileModel[]>();
  for (const file of files) {
    const folder = file.path.slice(0, file.path.lastIndexOf('/'));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  return [...byFolder].map(([folder, inside], index) => ({ name: volumeName(folder, index), folder, files: inside }));
}

function volumeName(folder: string, index: number): string {
  const words = folder.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return ['files', String(index), ...words].join('-').slice(0, 63).replace(/-+$/, '');
}
