/** Optional fields without `undefined`, for types that tell "not there" and "there, and undefined" apart (`exactOptionalPropertyTypes`). */

/** The type of `defined(fields)`: what may be undefined becomes optional. */
export type Defined<T extends object> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** A copy without the fields that are undefined: `{ ...defined({ hint }) }` in place of a condition for each of them. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
