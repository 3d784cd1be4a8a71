/** What YAML calls a mapping and JSON an object: who looks into data of an unknown shape asks here. */
export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
