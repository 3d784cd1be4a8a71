/** The Kubernetes objects of a folder of manifests, as plain data. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export interface KubernetesObject {
  /** Path of its file, below the folder. */
  readonly path: string;
  readonly value: unknown;
}

/** One object a file, sorted by path. */
export function readObjects(folder: string): readonly KubernetesObject[] {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.yaml'));
  return paths.sort().map((path) => ({ path, value: parse(readFileSync(join(folder, path), 'utf8')) }));
}
