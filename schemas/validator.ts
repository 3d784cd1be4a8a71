/**
 * The shape of a validator: a function compiled from a JSON Schema.
 *
 * The functions themselves are `*.gen.js` beside the schemas. They are made by `npm run gen` and `npm run build`, and are not in Git.
 */

/** One thing that a schema does not allow. */
export interface SchemaError {
  /** JSON Pointer to the value, such as `/spec/routes/0/path`; empty for the document itself. */
  readonly instancePath: string;
  /** The keyword that failed, such as `additionalProperties`. */
  readonly keyword: string;
  /** What the keyword knows about the failure, such as `{ additionalProperty: 'portt' }`. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Where the keyword stands, such as `#/properties/spec/additionalProperties`. */
  readonly schemaPath: string;
  readonly message?: string;
}

/** Says whether the data is what the schema describes; what it found is in `errors` until the next call. */
export interface Validator {
  (data: unknown): boolean;
  readonly errors?: readonly SchemaError[] | null;
}
