/**
 * Whether the environment holds what the policy says it must.
 *
 * Pure, and run before anything is opened, so that a wrong variable ends the start with a sentence and not in the middle
 * of a request. All problems are told at once, one sentence for each variable. A value never appears in a message.
 */
import type { Variable } from '../../schemas/runtime-policy.gen.ts';
import { readBoolean, readInteger, readJson, readList, readNumber } from './read-value.ts';

/** What is wrong with one variable: `API_KEY must be set`. */
export interface VariableProblem {
  readonly variable: string;
  readonly message: string;
  /** Whether it refuses the start, warns, or is only said. */
  readonly onProblem: Variable['onProblem'];
}

type Environment = Readonly<Record<string, string | undefined>>;
type Format = Variable['format'];

const ORIGIN = /^(?:\*|https?:\/\/[^\s/?#,]+)$/;
const HEX = /^(?:[0-9a-fA-F]{2})+$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;

const FITS: Readonly<Record<Format, (text: string) => boolean>> = {
  text: () => true,
  url: (text) => URL.canParse(text),
  integer: (text) => readInteger(text) !== undefined,
  number: (text) => readNumber(text) !== undefined,
  boolean: (text) => readBoolean(text) !== undefined,
  json: (text) => readJson(text) !== undefined,
  // Whether the wildcard is allowed is for `forbidden` to say.
  origins: (text) => readList(text)?.every((origin) => ORIGIN.test(origin)) ?? false,
  hex: (text) => HEX.test(text),
  base64: (text) => BASE64.test(text),
};

const EXPECTED: Readonly<Record<Format, string>> = {
  text: 'text',
  url: 'a URL',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  json: 'JSON',
  origins: 'a list of origins, separated by commas or as a JSON array',
  hex: 'hexadecimal digits, two for each byte',
  base64: 'base64',
};

/** At most one problem for each variable of the policy. */
export function checkVariables(variables: readonly Variable[], env: Environment): readonly VariableProblem[] {
  return variables.flatMap((variable) => {
    const { name, unless, onProblem } = variable;
    if (unless !== undefined && env[unless.name] === unless.value) return [];
    const faults = faultsOf(variable, env[name] ?? '');
    if (faults.length === 0) return [];
    return [{ variable: name, message: `${name} ${faults.join(', and ')}`, onProblem }];
  });
}

function faultsOf(variable: Variable, text: string): readonly string[] {
  const { required, format, minBytes = 0 } = variable;
  if (text === '') return required ? ['must be set'] : [];
  const fits = FITS[format](text);
  return [
    ...(fits ? [] : [`must be ${EXPECTED[format]}`]),
    ...(fits && bytesOf(text, format) < minBytes ? [`must hold at least ${minBytes} bytes`] : []),
    ...(isForbidden(variable, text) ? ['has a value that the policy forbids'] : []),
  ];
}

/** Of encoded bytes it is their number that counts, not that of their digits. */
function bytesOf(text: string, format: Format): number {
  return format === 'hex' || format === 'base64' ? Buffer.from(text, format).length : Buffer.byteLength(text);
}

function isForbidden({ format, forbidden = [] }: Variable, text: string): boolean {
  const values = format === 'origins' ? (readList(text) ?? text.split(',')) : [text];
  return values.some((value) => forbidden.some((word) => isSame(value.trim(), word)));
}

/** `True` and `1` switch on what `true` does. */
function isSame(value: string, word: string): boolean {
  const asSwitch = readBoolean(value);
  return value === word || (asSwitch !== undefined && asSwitch === readBoolean(word));
}
