/**
 * Marks that travel with values: where a value came from, and which control it realises.
 *
 * Owns the wrappers, and the one function that takes them off. Whoever writes a value into an artifact marks it there; `separate` makes the
 * paths while it walks what will be printed, so that no mark can point at another place. Used by `derive/` and the emitters; the printers
 * print what is left.
 */
import { compareKeys } from '../schemas/data/texts.ts';
import type { ModelNode, Origin } from './resolve/model/index.ts';

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

/** A value with one mark; made by `from` and `claim` only. */
export class Mark<T> {
  readonly inner: T | Mark<T>;
  readonly origin: Origin | undefined;
  readonly claim: Claim | undefined;

  constructor(inner: T | Mark<T>, origin: Origin | undefined, claim: Claim | undefined) {
    this.inner = inner;
    this.origin = origin;
    this.claim = claim;
  }
}

/** The same data, with marks wherever somebody put one. An optional field may also be there and hold undefined; it is then left out. */
export type Marked<T> = Inner<T> | Mark<Inner<T>>;
type Inner<T> = T extends readonly (infer Item)[] ? readonly Marked<Item>[] : T extends object ? MarkedFields<T> : T;

/** The fields of a mapping, each with or without marks. */
export type MarkedFields<T> = {
  [K in keyof T]: object extends Pick<T, K> ? Marked<T[K] | undefined> | undefined : Marked<T[K]>;
};

/** The value came from there. */
export const from = <T>(origin: Origin, value: T | Mark<T>): Mark<T> => new Mark<T>(value, origin, undefined);

/** The value of a field of the model, from where the field came. */
export const field = <N extends ModelNode, K extends keyof N & string>(node: N, name: K): Mark<N[K]> =>
  from<N[K]>(node.origin.of(name), node[name]);

/** Several fields of the model that keep their names in the artifact. */
export const fields = <N extends ModelNode, K extends keyof N & string>(
  node: N,
  ...names: readonly K[]
): { readonly [Name in K]: Mark<N[Name]> } =>
  Object.fromEntries(names.map((name) => [name, field(node, name)])) as { [Name in K]: Mark<N[Name]> };

/** The value realises the control. */
export const claim = <T>(
  control: string,
  subject: string,
  parameters: Claim['parameters'],
  value: T | Mark<T>,
): Mark<T> => new Mark<T>(value, undefined, { control, subject, parameters });

/** All of them caused it. */
export const fromAll = <T>(origins: readonly Origin[], value: T | Mark<T>): T | Mark<T> =>
  origins.reduceRight<T | Mark<T>>((marked, origin) => from(origin, marked), value);

/** It realises all of them. */
export const claimAll = <T>(claims: readonly Claim[], value: T | Mark<T>): T | Mark<T> =>
  claims.reduceRight<T | Mark<T>>(
    (marked, { control, subject, parameters }) => claim(control, subject, parameters, marked),
    value,
  );

/** What is printed, and what is said of it. */
export interface Separated<T> {
  readonly value: T;
  readonly origins: readonly OriginMark[];
  readonly claims: readonly Claim[];
}

/** Takes the marks off plain data; what is of a class is left as it is. Keys are in code-unit order, as every printer writes them; undefined fields are left out with their marks. */
export function separate<T>(marked: Marked<T>): Separated<T> {
  const found: Found = { origins: [], claims: [] };
  return { value: withoutMarks(marked, '', found) as T, ...found };
}

/** The data alone, for whoever reads it. */
export const unmark = <T>(marked: Marked<T>): T => separate(marked).value;

interface Found {
  readonly origins: OriginMark[];
  readonly claims: Claim[];
}

function withoutMarks(marked: unknown, part: string, found: Found): unknown {
  const { value, marks } = unwrap<unknown>(marked);
  if (value === undefined) return undefined;
  for (const { origin, claim } of marks) {
    if (origin !== undefined) found.origins.push({ part, origin });
    if (claim !== undefined) found.claims.push(claim);
  }
  if (Array.isArray(value)) return value.map((item, index) => withoutMarks(item, `${part}/${index}`, found));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value).sort(compareKeys)) {
    const inner = withoutMarks(entry, `${part}/${escapeStep(key)}`, found);
    if (inner !== undefined) entries.push([key, inner]);
  }
  return Object.fromEntries(entries);
}

/** The value inside all of its marks, the outermost first. */
export function unwrap<T>(marked: T | Mark<T>): { readonly value: T; readonly marks: readonly Mark<T>[] } {
  const marks: Mark<T>[] = [];
  let value = marked;
  while (value instanceof Mark) {
    marks.push(value);
    value = value.inner;
  }
  return { value, marks };
}

// RFC 6901, section 3.
const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1');
