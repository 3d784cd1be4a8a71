/**
 * One object on its way from the model to a file, and the step that turns a list of them into artifacts.
 *
 * Objects are typed by the manifest functions of cdk8s-plus (Kubernetes 1.27) and synthesised by cdk8s; fields newer than these types
 * are patches on the untyped object, because the typed classes drop what they do not know. Nothing here touches the disk.
 */
import { ApiObject, App, Chart, type JsonPatch } from 'cdk8s';
import { printYaml } from '../../printers/yaml.ts';
import type { Artifact, Claim, OriginMark } from '../emitter.ts';

export interface ObjectDraft {
  /** Folder below `kubernetes/`: the name of a service, or `system` for what they share. */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly patches?: readonly JsonPatch[];
  readonly origins: readonly OriginMark[];
  readonly claims?: readonly Claim[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

export const SYSTEM_FOLDER = 'system';

/** Prints one object a file. */
export function synthesize(drafts: readonly ObjectDraft[]): readonly Artifact[] {
  // Both settings are given, so that cdk8s looks for neither in the environment; the folder is never written.
  const app = new App({ outdir: 'none', recordConstructMetadata: false });
  const chart = new Chart(app, 'system', { disableResourceNameHashes: true });
  return drafts.map((draft) => toArtifact(chart, draft));
}

function toArtifact(chart: Chart, { folder, manifest, patches = [], origins, claims = [] }: ObjectDraft): Artifact {
  const path = `kubernetes/${folder}/${manifest.kind.toLowerCase()}-${manifest.metadata.name}.yaml`;
  const object = new ApiObject(chart, path, { ...manifest });
  object.addJsonPatch(...patches);
  return { path, text: printYaml(object.toJson()), origins, claims };
}
