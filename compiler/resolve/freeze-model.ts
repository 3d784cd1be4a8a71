/**
 * Freezes a model all the way down, so that no check or emitter can change what the next one sees.
 */
import type { Model } from './model/index.ts';

/** Returns the same model, frozen. Origins stay as they are: they lead out of the model, into the documents. */
export function freezeModel(model: Model): Model {
  freezeDeeply(model);
  return model;
}

function freezeDeeply(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const [key, child] of Object.entries(value)) if (key !== 'origin' && key !== 'at') freezeDeeply(child);
}
