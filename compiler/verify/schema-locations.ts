/**
 * Where kubeconform looks for a schema: `--schemas` in its notation.
 *
 * Owns the layouts that a folder of schemas has in the wild. A location with `{{` is a template of kubeconform, `default` its own
 * place on the network, and both are handed on as they are; kubeconform takes the first location that has the schema.
 */
import { resolve } from 'node:path';

/** `deployment-apps-v1.json`: one version of kubernetes-json-schema, or a folder of one's own. */
const FLAT = '{{ .ResourceKind }}{{ .KindSuffix }}.json';

const LAYOUTS: readonly string[] = [
  FLAT,
  // The same with the group in full: `application-argoproj.io-v1alpha1.json`.
  '{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json',
  // kubernetes-json-schema as it is cloned, one folder a version.
  `{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/${FLAT}`,
  // CRDs-catalog: `argoproj.io/application_v1alpha1.json`.
  '{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json',
];

/** The locations of one `--schemas`. Tools run in other folders, so that paths become absolute. */
export function schemaLocations(given: string): readonly string[] {
  if (given === 'default' || isRemote(given)) return [given];
  if (given.includes('{{')) return [resolve(given)];
  const folder = resolve(given);
  return LAYOUTS.map((layout) => `${folder}/${layout}`);
}

/** The folder on this disk that must be there for the location to make sense; undefined for one on the network. */
export function folderOfSchemas(given: string): string | undefined {
  if (given === 'default' || isRemote(given)) return undefined;
  const [fixed = ''] = given.split('{{');
  return given.includes('{{') ? fixed.slice(0, fixed.lastIndexOf('/') + 1) || '.' : given;
}

const isRemote = (given: string): boolean => /^https?:\/\//.test(given);
