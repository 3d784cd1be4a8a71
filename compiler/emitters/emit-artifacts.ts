/**
 * Runs the emitters that a system wants.
 *
 * Owns which emitters run and that their artifacts fit into one folder. Emitters load on demand, so a system without Kubernetes never
 * pays for its libraries. A path that breaks a rule is a bug of an emitter, not a mistake of the user: it throws.
 */
import { compareTexts } from '../../schemas/data/texts.ts';
import type { Model, Target } from '../resolve/model/index.ts';
import type { Artifact, EmitterEntry } from './emitter.ts';

/** The artifacts of all wanted targets, sorted by path. */
export async function emitArtifacts(model: Model, emitters: readonly EmitterEntry[]): Promise<readonly Artifact[]> {
  const byPath = new Map<string, Artifact>();
  for (const entry of emitters.filter(({ target }) => model.system.targets.wanted.includes(target))) {
    const emitter = await entry.load();
    for (const artifact of emitter.emit(model, [...byPath.values()])) {
      refuseBadPath(artifact.path, entry.id);
      if (byPath.has(artifact.path)) throw new Error(`emitter ${entry.id}: ${artifact.path} was emitted already`);
      byPath.set(artifact.path, artifact);
    }
  }
  return [...byPath.values()].sort((a, b) => compareTexts(a.path, b.path));
}

/** Wanted targets that none of the emitters serves, in the order of the model. */
export function unservedTargets(model: Model, emitters: readonly EmitterEntry[]): readonly Target[] {
  return model.system.targets.wanted.filter((target) => emitters.every((entry) => entry.target !== target));
}

/** Paths stay inside the environment's folder, on every file system, and leave the index to the writer. */
function refuseBadPath(path: string, emitter: string): void {
  const isPlain = path.split('/').every((step) => /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(step));
  if (!isPlain || path === 'index.json')
    throw new Error(`emitter ${emitter}: ${JSON.stringify(path)} is no path for an artifact`);
}
