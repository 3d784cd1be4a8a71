/**
 * One object on its way from the model to a file, and the step that turns a list of them into artifacts.
 *
 * Objects are typed by the manifest functions of cdk8s-plus (Kubernetes 1.27) and synthesised by cdk8s; fields newer than these types
 * are patches on the untyped object, because the typed classes drop what they do not know. Nothing here touches the disk.
 */
import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { type Marked, type Separated, separate } from '../../marks.ts';
import { printYaml } from '../../printers/yaml.ts';
import type { Origin } from '../../resolve/model/index.ts';
import type { Artifact } from '../emitter.ts';

export interface ObjectDraft {
  /** Folder below `kubernetes/`: the name of a service, or `system` for what they share. */
  readonly folder: string;
  readonly object: Separated<Manifest>;
  readonly patches?: readonly Patch[];
}

/** Adds a field that the typed classes do not know. */
export interface Patch {
  readonly part: string;
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** An object of a typed class, which drops what it does not know and leaves every other path as it is. */
export function typed<Props>(kind: { manifest(props: Props): Manifest }, marked: Marked<Props>): Separated<Manifest> {
  const { value, origins, claims } = separate<Props>(marked);
  return { value: kind.manifest(value), origins, claims };
}

/** A custom resource, for which there is no class. */
export const custom = <T extends Manifest>(marked: Marked<T>): Separated<Manifest> => separate<T>(marked);

/**
 * Says of every part of an object that has no closer origin which field of the spec asked for the object. For objects that are there, in
 * all their parts, because of one field.
 */
export function askedForBy(origin: Origin, { object, ...draft }: ObjectDraft): ObjectDraft {
  const parts = Object.keys(object.value).filter((key) => !IDENTITY.includes(key));
  const origins = [...parts.map((key) => ({ part: `/${key}`, origin })), ...object.origins];
  return { ...draft, object: { ...object, origins } };
}

const IDENTITY = ['apiVersion', 'kind', 'metadata'];

export const SYSTEM_FOLDER = 'system';

/** Prints one object a file. */
export function synthesize(drafts: readonly ObjectDraft[]): readonly Artifact[] {
  // Both settings are given, so that cdk8s looks for neither in the environment; the folder is never written.
  const app = new App({ outdir: 'none', recordConstructMetadata: false });
  const chart = new Chart(app, 'system', { disableResourceNameHashes: true });
  return drafts.map((draft) => toArtifact(chart, draft));
}

function toArtifact(
  chart: Chart,
  { folder, object: { value: manifest, origins, claims }, patches = [] }: ObjectDraft,
): Artifact {
  const path = `kubernetes/${folder}/${manifest.kind.toLowerCase()}-${manifest.metadata.name}.yaml`;
  const object = new ApiObject(chart, path, { ...manifest });
  object.addJsonPatch(...patches.map(({ part, value }) => JsonPatch.add(part, value)));
  return { path, text: printYaml(object.toJson()), origins: [...origins, ...patches], claims };
}
