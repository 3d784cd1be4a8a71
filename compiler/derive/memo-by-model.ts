/**
 * Remembers what was computed from a model, for as long as the model lives.
 *
 * Sound because a model is frozen: the same model always gives the same answer. Use it where many callers ask the same question about
 * the whole system, each on behalf of one service; asking again each time would cost the square of the system's size.
 */
import type { Model } from '../resolve/model/index.ts';

export function memoByModel<T>(compute: (model: Model) => T): (model: Model) => T {
  const known = new WeakMap<Model, { readonly value: T }>();
  return (model) => {
    const found = known.get(model);
    if (found !== undefined) return found.value;
    const value = compute(model);
    known.set(model, { value });
    return value;
  };
}
