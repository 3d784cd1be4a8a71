/**
 * The interface of an emitter, the same for built-in ones and third parties.
 *
 * Owns the shape of artifacts. Claims and origins travel with values (`marks.ts`). An emitter is a pure, total function of the model; text formats are printed by
 * `printers/`, and writing files is left to the writer.
 */
import type { Claim, OriginMark } from '../marks.ts';
import type { Model, Target } from '../resolve/model/index.ts';

export type { Claim, OriginMark };

/** One generated file. `path` is relative to `generated/<system>/<environment>/`, with forward slashes. */
export interface Artifact {
  readonly path: string;
  readonly text: string;
  readonly origins: readonly OriginMark[];
  readonly claims: readonly Claim[];
}

export interface Emitter {
  /** Same as the folder name. */
  readonly id: string;
  /** Runs only for systems that want this target. */
  readonly target: Target;
  /** What it produces, one line. */
  readonly title: string;
  /** `earlier`: what the emitters before it in the registry made, for whoever holds files of others inside its own. */
  emit(model: Model, earlier?: readonly Artifact[]): readonly Artifact[];
}

/** One line of the registry. Emitters load on demand, because some bring large libraries. */
export interface EmitterEntry {
  readonly id: string;
  readonly target: Target;
  load(): Promise<Emitter>;
}
