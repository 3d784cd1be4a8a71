/**
 * The compiled configuration of nginx as ConfigMaps, byte for byte.
 *
 * Owns how a tree of files fits into keys: a key holds no slash, so the slash becomes a dot and the volume puts each file back in its place.
 * Names carry a digest of the content, so that a changed configuration is a new object, and nginx rolls, and rolls back, with it.
 */

import { createHash } from 'node:crypto';
import { ANNOTATIONS } from '../../../../schemas/kubernetes-conventions.ts';
import { wants } from '../../../derive/kubernetes-scope.ts';
import { from, type Mark } from '../../../marks.ts';
import { objectName } from '../../../object-name.ts';
import type { Model } from '../../../resolve/model/index.ts';
import type { Artifact } from '../../emitter.ts';
import { KubeConfigMap, type Volume } from '../kubernetes-api.ts';
import { metadataOf } from '../metadata.ts';
import { type ObjectDraft, typed } from '../object-draft.ts';
import { edgeFolder, edgeSubject } from './edge-subject.ts';

/** The API server takes an object of 1 MiB; what is around the data has room beside this. */
const LARGEST_DATA = 900 * 1024;

const TREE = 'nginx/';

/** Files that share one ConfigMap. */
export interface ConfigPart {
  readonly name: string;
  readonly files: readonly ConfigFile[];
}

interface ConfigFile {
  readonly key: string;
  /** Below the folder of the configuration. */
  readonly path: string;
  readonly text: string;
}

/** In the order of their paths, as many in one ConfigMap as fit. */
export function configParts(model: Model, artifacts: readonly Artifact[]): readonly ConfigPart[] {
  const files = artifacts
    .filter(({ path }) => path.startsWith(TREE))
    .map(({ path, text }) => fileOf(path.slice(TREE.length), text))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const parts: ConfigFile[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const file of files) {
    const own = Buffer.byteLength(file.text) + file.key.length;
    size += own;
    if (size > LARGEST_DATA) {
      parts.push([]);
      size = own;
    }
    parts.at(-1)?.push(file);
  }
  return parts.map((inside) => ({
    name: `${objectName(`${edgeFolder(model)}-nginx`, 50)}-${digestOf(inside)}`,
    files: inside,
  }));
}

/** The longest key of a ConfigMap (a DNS subdomain): the file of a long domain is told by its digest. */
const LONGEST_KEY = 253;

const fileOf = (path: string, text: string): ConfigFile => ({
  key: objectName(path.replace('/', '.'), LONGEST_KEY),
  path,
  text,
});

const digestOf = (files: readonly ConfigFile[]): string =>
  createHash('sha256')
    .update(JSON.stringify(files.map(({ path, text }) => [path, text])))
    .digest('hex')
    .slice(0, 10);

export function configMapOf(model: Model, { name, files }: ConfigPart): ObjectDraft {
  const { origin } = model.environment;
  // Replicas of the version before still mount the old one until they are gone.
  const pruneLast = wants(model, 'argocd') ? { [ANNOTATIONS.syncOptions]: 'PruneLast=true' } : {};
  return {
    folder: edgeFolder(model),
    object: typed(
      KubeConfigMap,
      from(origin.of('edge'), {
        metadata: metadataOf(model, 'ConfigMap', name, edgeSubject(model), pruneLast),
        data: Object.fromEntries(files.map(({ key, text }) => [key, from(origin.self, text)])),
        immutable: true,
      }),
    ),
  };
}

export const CONFIG_VOLUME = 'configuration';

/** All files in the places that the configuration includes them from. */
export const configVolume = (model: Model, parts: readonly ConfigPart[]): Mark<Volume> =>
  from(model.environment.origin.of('edge'), {
    name: CONFIG_VOLUME,
    projected: {
      sources: parts.map(({ name, files }) => ({
        configMap: { name, items: files.map(({ key, path }) => ({ key, path })) },
      })),
    },
  });
