/**
 * The interface of an emitter, the same for built-in ones and third parties.
 *
 * Owns the shape of artifacts, claims and marks. An emitter is a pure, total function of the model; text formats are printed by
 * `printers/`, and writing files is left to the writer.
 */
import type { Model, Origin, Target } from '../resolve/model/index.ts';

/** One generated file. `path` is relative to `generated/<system>/<environment>/`, with forward slashes. */
export interface Artifact {
  readonly path: string;
  readonly text: string;
  readonly origins: readonly OriginMark[];
  readonly claims: readonly Claim[];
}

/** Which part of an artifact a value of the spec, a default or a policy caused. */
export interface OriginMark {
  /** JSON pointer into a structured file (`/spec/template/spec/containers/0/resources`), or a directive path in an nginx config (`server api.example.com/location /v1`). */
  readonly part: string;
  readonly origin: Origin;
}

/** "This artifact realises this control for this subject with these parameters." */
export interface Claim {
  /** One entry of the catalogue in `controls.ts`, such as `edge/rate-limit`. */
  readonly control: string;
  /** What it is for: `service/ingestion`, `route/ingestion/telemetry`, `datastore/telemetry`, `environment`. */
  readonly subject: string;
  /** Figures as printed in the artifact. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface Emitter {
  /** Same as the folder name. */
  readonly id: string;
  /** Runs only for systems that want this target. */
  readonly target: Target;
  /** What it produces, one line. */
  readonly title: string;
  emit(model: Model): readonly Artifact[];
}

/** One line of the registry. Emitters load on demand, because some bring large libraries. */
export interface EmitterEntry {
  readonly id: string;
  readonly target: Target;
  load(): Promise<Emitter>;
}
