/**
 * Variables that are given as files: `NAME_FILE` holds the path of a file whose content is the value of `NAME`.
 *
 * So a secret can be mounted instead of standing in the environment, where every child process and crash report sees it.
 * Holds for every variable that the policy names. Owns the refusals: both forms at once, or a file that cannot be read. The
 * content never appears in a message; one line feed at its end is cut, as editors and `echo` leave one.
 */
import { readFileSync } from 'node:fs';
import type { RuntimePolicy } from '../../schemas/runtime-policy.gen.ts';
import { namedVariables } from './named-variables.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export type ReadVariables =
  | { readonly kind: 'read'; readonly env: Environment }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export interface Variables {
  /** The environment as it was last read. The same object for ever, so that whoever holds it sees changes. */
  readonly values: Environment;
  /** Reads it again, for the names of this policy. Refused: the values stay as they were. */
  read(policy: RuntimePolicy): ReadVariables;
}

export function createVariables(env: Environment): Variables {
  const values: Record<string, string | undefined> = { ...env };
  return {
    values,
    read(policy) {
      const result = readVariableFiles(policy, env);
      if (result.kind === 'refused') return result;
      for (const name of Object.keys(values)) delete values[name];
      Object.assign(values, result.env);
      return result;
    },
  };
}

/** Nobody means a secret of this size; a wrong path, such as a disk image, would fill the memory. */
const MOST_BYTES = 1_048_576;

/** The environment with the content of files in place of their names. */
export function readVariableFiles(policy: RuntimePolicy, env: Environment): ReadVariables {
  const names = namedVariables(policy);
  const known = new Set(names);
  const found: Record<string, string> = {};
  const reasons: string[] = [];
  for (const name of names) {
    const file = `${name}_FILE`;
    const path = env[file] ?? '';
    // A policy may name a variable that only looks like the file of another.
    if (path === '' || known.has(file)) continue;
    const content = (env[name] ?? '') === '' ? readText(path) : { fault: `is set, and so is ${name}; set one of them` };
    if (typeof content === 'string') found[name] = content;
    else reasons.push(`${file} ${content.fault}`);
  }
  return reasons.length > 0 ? { kind: 'refused', reasons } : { kind: 'read', env: { ...env, ...found } };
}

function readText(path: string): string | { readonly fault: string } {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MOST_BYTES) return { fault: `names a file of more than ${MOST_BYTES} bytes` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replace(/\r?\n$/, '');
    return text === '' ? { fault: 'names an empty file' } : text;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { fault: 'names a file that is not UTF-8 text' };
    return { fault: `names a file that cannot be read (${code ?? 'unknown reason'})` };
  }
}
