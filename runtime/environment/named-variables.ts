/**
 * The environment variables that a policy names, wherever it names them.
 *
 * Owns the one walk over a policy for names, so that a new field cannot be forgotten: the schema marks such fields by their
 * type, and a test holds this list against it.
 */
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';

/** A field that holds the name of one variable, or of several. */
const HOLDS_NAMES = /^(?:env|[a-z]\w*Env|secretEnvs)$/;

/** Each once, sorted. */
export function namedVariables(policy: RuntimePolicy): readonly string[] {
  const names = new Set<string>();
  visit(policy, names);
  for (const { name, unless } of policy.variables ?? []) {
    names.add(name);
    if (unless !== undefined) names.add(unless.name);
  }
  return [...names].sort();
}

function visit(node: unknown, names: Set<string>): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [field, value] of Object.entries(node)) {
    const isName = !Array.isArray(node) && HOLDS_NAMES.test(field);
    for (const name of isName ? [value].flat() : []) if (typeof name === 'string') names.add(name);
    visit(value, names);
  }
}
