/**
 * Reads the fields of one mapping of the spec and remembers where each came from.
 *
 * Owns precedence (environment over spec over default), quantities, and the origins that end up in the model. A quantity that cannot
 * be read is reported here and replaced by its smallest sensible value, so that the rest of the document is still looked at.
 */
import {
  type Bytes,
  bytes,
  type Millicores,
  type Milliseconds,
  millicores,
  milliseconds,
  parseBytes,
  parseCpu,
  parseDuration,
  parseRate,
  parseRatio,
  type Rate,
  type Ratio,
  ratio,
  type UnitOutcome,
} from '../../schemas/units/index.ts';
import { DEFAULTS, type DefaultName } from './defaults.ts';
import { type Origin, type Origins, originsOf, type SpecPointer } from './model/origin.ts';
import type { Report } from './report.ts';

/** A mapping of the spec, and the mapping of the environment that overrides some of its fields. */
export interface Layers<T extends object> {
  /** Undefined when the spec leaves the whole mapping out. */
  readonly base: T | undefined;
  /** The mapping, or the one that lacks it. */
  readonly at: SpecPointer;
  /** Where to point for the whole, if not at the mapping itself: a document is best known by its name. */
  readonly self?: SpecPointer;
  readonly over?: { readonly value: Partial<T>; readonly at: SpecPointer; readonly environment: string } | undefined;
}

type Key<T> = keyof T & string;
type KeyOf<T, V> = { [K in Key<T>]: Exclude<T[K], undefined> extends V ? K : never }[Key<T>];

export class FieldReader<T extends object> {
  readonly self: Origin;
  private readonly layers: Layers<T>;
  private readonly report: Report;
  private readonly fields: Record<string, Origin> = {};

  constructor(layers: Layers<T>, report: Report) {
    this.layers = layers;
    this.report = report;
    this.self = { kind: 'spec', at: layers.self ?? layers.at };
  }

  /** The value as written, or undefined. */
  get<K extends Key<T>>(key: K): T[K] | undefined {
    const { base, over } = this.layers;
    if (over !== undefined && over.value[key] !== undefined) {
      this.fields[key] = {
        kind: 'override',
        environment: over.environment,
        at: below(over.at, key),
        base: this.baseOrigin(key),
      };
      return over.value[key];
    }
    if (base?.[key] === undefined) return undefined;
    this.fields[key] = this.baseOrigin(key);
    return base[key];
  }

  /** The value as written, or that of the named default; `derived` for defaults that follow from other values. */
  getOr<K extends Key<T>>(key: K, name: DefaultName, derived?: Exclude<T[K], undefined>): Exclude<T[K], undefined> {
    const value = this.get(key);
    if (value !== undefined) return value as Exclude<T[K], undefined>;
    this.useDefault(key, name);
    return derived ?? (DEFAULTS[name].value as Exclude<T[K], undefined>);
  }

  /** Notes that `key` holds a named default. */
  useDefault(key: string, name: DefaultName): void {
    this.fields[key] = { kind: 'default', name, at: this.layers.self ?? this.layers.at };
  }

  duration(key: KeyOf<T, string>): Milliseconds | undefined {
    return this.quantity(key, (text) => parseDuration(text, { allowZero: true }), PLACEHOLDERS.duration);
  }

  /** A duration that the schema insists on. */
  requiredDuration(key: KeyOf<T, string>): Milliseconds {
    return this.duration(key) ?? PLACEHOLDERS.duration;
  }

  durationOr(key: KeyOf<T, string>, name: DefaultName): Milliseconds {
    return this.duration(key) ?? this.defaultQuantity(key, name, (text) => parseDuration(text, { allowZero: true }));
  }

  bytes(key: KeyOf<T, string>): Bytes | undefined {
    return this.quantity(key, parseBytes, PLACEHOLDERS.bytes);
  }

  bytesOr(key: KeyOf<T, string>, name: DefaultName): Bytes {
    return this.bytes(key) ?? this.defaultQuantity(key, name, parseBytes);
  }

  cpu(key: KeyOf<T, string | number>): Millicores | undefined {
    return this.quantity(key, parseCpu, PLACEHOLDERS.cpu);
  }

  ratio(key: KeyOf<T, string>): Ratio | undefined {
    return this.quantity(key, (text) => parseRatio(text), PLACEHOLDERS.ratio);
  }

  /** A share that the schema insists on. */
  requiredRatio(key: KeyOf<T, string>): Ratio {
    return this.ratio(key) ?? PLACEHOLDERS.ratio;
  }

  ratioOr(key: KeyOf<T, string>, name: DefaultName): Ratio {
    return this.ratio(key) ?? this.defaultQuantity(key, name, (text) => parseRatio(text));
  }

  rate(key: KeyOf<T, string>): Rate | undefined {
    return this.quantity(key, parseRate, PLACEHOLDERS.rate);
  }

  /** A rate that the schema insists on. */
  requiredRate(key: KeyOf<T, string>): Rate {
    return this.rate(key) ?? PLACEHOLDERS.rate;
  }

  /** The layers of a nested mapping. */
  child<K extends Key<T>>(key: K): Layers<Extract<Exclude<T[K], undefined>, object>> {
    type Child = Extract<Exclude<T[K], undefined>, object>;
    const { base, at, over } = this.layers;
    const nested = base?.[key] as Child | undefined;
    const overridden = over?.value[key] as Partial<Child> | undefined;
    return {
      base: nested,
      at: nested === undefined ? (this.layers.self ?? at) : below(at, key),
      ...(over !== undefined &&
        overridden !== undefined && {
          over: { value: overridden, at: below(over.at, key), environment: over.environment },
        }),
    };
  }

  /** Points at a field, or at the mapping that lacks it. */
  at(key: Key<T>, ...rest: readonly (string | number)[]): SpecPointer {
    return this.layers.base?.[key] === undefined ? this.layers.at : below(this.layers.at, key, ...rest);
  }

  /** Everything that was read so far. */
  origins(): Origins {
    return originsOf(this.self, this.fields);
  }

  private baseOrigin(key: string): Origin {
    return { kind: 'spec', at: below(this.layers.at, key) };
  }

  private quantity<V>(key: Key<T>, parse: (text: string) => UnitOutcome<V>, placeholder: V): V | undefined {
    const written = this.get(key);
    if (written === undefined) return undefined;
    const outcome = parse(String(written));
    if (outcome.ok) return outcome.value;
    const origin = this.fields[key] ?? this.self;
    this.report.add(
      'SW-308',
      origin,
      `${key} is \`${String(written)}\`, which is ${REASONS[outcome.reason]}; expected ${outcome.expected}`,
    );
    return placeholder;
  }

  private defaultQuantity<V>(key: string, name: DefaultName, parse: (text: string) => UnitOutcome<V>): V {
    this.useDefault(key, name);
    const outcome = parse(String(DEFAULTS[name].value));
    if (!outcome.ok) throw new Error(`default ${name} is not readable: ${outcome.reason}`);
    return outcome.value;
  }
}

/** Points further down. */
export const below = (at: SpecPointer, ...keys: readonly (string | number)[]): SpecPointer => ({
  document: at.document,
  path: [...at.path, ...keys],
});

/** What stands in for a quantity that could not be read; the finding keeps it from every artifact. */
const PLACEHOLDERS = {
  duration: milliseconds(1),
  bytes: bytes(1),
  cpu: millicores(1),
  ratio: ratio(1),
  rate: { count: 1, per: milliseconds(1000) },
} as const;

const REASONS: Readonly<Record<string, string>> = {
  'missing-unit': 'missing its unit',
  negative: 'negative',
  'not-a-number': 'not a number with a unit',
  'not-exact': 'finer than can be kept exactly',
  'too-large': 'too large',
  'unknown-unit': 'in no known unit',
  zero: 'zero',
};
