/**
 * Figures of the policy that environment variables replace.
 *
 * Owns the way from text to value and the refusal of a bad one: a variable that is set and cannot be followed refuses the
 * start, since an operator who turned a knob must not believe that it turned. Messages name the variable and what was
 * expected, never what it holds.
 */
import type { Override, RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { dotted, replaceAt } from '../environment/json-pointer.ts';
import { readBoolean, readInteger, readLevel, readList, readNumber, readSeconds } from '../environment/read-value.ts';
import { checkPolicy, checkShape } from './load-policy.ts';

/** One override and whether its variable is set. */
export interface OverrideState {
  readonly env: string;
  readonly pointer: string;
  readonly isActive: boolean;
}

export type Overridden =
  | { readonly kind: 'policy'; readonly policy: RuntimePolicy; readonly overrides: readonly OverrideState[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

type Kind = Override['as'];

const READ: Readonly<Record<Kind, (text: string) => unknown>> = {
  integer: readInteger,
  number: readNumber,
  boolean: readBoolean,
  text: (text) => text,
  list: readList,
  seconds: readSeconds,
  level: readLevel,
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  text: 'text',
  list: 'a list, separated by commas or as a JSON array of texts',
  seconds: 'a number of seconds',
  level: 'a level of the log: debug, info, warn or error',
};

/** `ignored`: variables that were found wrong and only warned about; what they hold is not put in force. */
export function applyOverrides(
  policy: RuntimePolicy,
  env: Readonly<Record<string, string | undefined>>,
  ignored: ReadonlySet<string>,
): Overridden {
  const overrides = overridesOf(policy);
  const active = overrides.filter(({ env: name }) => !ignored.has(name) && (env[name] ?? '') !== '');
  const reasons: string[] = [];
  let changed: unknown = policy;
  for (const override of active) {
    const value = READ[override.as](env[override.env] ?? '');
    const faults = value === undefined ? [`must be ${EXPECTED[override.as]}`] : faultsOf(policy, override, value);
    if (faults.length === 0) changed = replaceAt(changed, override.pointer, value);
    reasons.push(...faults.map((fault) => `${override.env} (${dotted(override.pointer)}) ${fault}`));
  }
  if (reasons.length > 0) return { kind: 'refused', reasons };
  if (active.length === 0) return { kind: 'policy', policy, overrides: statesOf(overrides, active) };
  const checked = checkPolicy(changed);
  if (checked.kind === 'policy') {
    return { kind: 'policy', policy: checked.policy, overrides: statesOf(overrides, active) };
  }
  const names = [...new Set(active.map(({ env: name }) => name))].join(', ');
  // What a rule says may repeat a value, so only the place is told.
  const places = [...new Set(checked.problems.map((problem) => problem.split(': ', 1)[0] ?? ''))];
  return { kind: 'refused', reasons: places.map((place) => `${names}: together they break a rule at ${place}`) };
}

/** The overrides of the policy, and those that pools name themselves. */
function overridesOf({ overrides = [], providers }: RuntimePolicy): readonly Override[] {
  const pointers = new Set(overrides.map(({ pointer }) => pointer));
  const pools = Object.entries(providers).flatMap(([name, { pool }]): readonly Override[] => {
    const pointer = `/providers/${name}/pool/maxConcurrent`;
    return pool?.env === undefined || pointers.has(pointer) ? [] : [{ env: pool.env, pointer, as: 'integer' }];
  });
  return [...overrides, ...pools];
}

/** What the schema says of the value in its place. Its sentences hold bounds and patterns, never the value. */
function faultsOf(policy: RuntimePolicy, { pointer }: Override, value: unknown): readonly string[] {
  const place = dotted(pointer);
  return checkShape(replaceAt(policy, pointer, value)).map((problem) =>
    problem.startsWith(place) ? problem.slice(place.length).replace(/^: |^\./, '') : `cannot be placed: ${problem}`,
  );
}

function statesOf(all: readonly Override[], active: readonly Override[]): readonly OverrideState[] {
  return all.map((override) => ({ env: override.env, pointer: override.pointer, isActive: active.includes(override) }));
}
