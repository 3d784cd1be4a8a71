/**
 * Whether a key may be made as it was asked for.
 *
 * What a key carries travels in headers, labels and log lines, so every value has a form, and names are the policy's.
 */
import { IDENTIFIER_FORM, LABEL_FORM } from '../../http/operations/schemas.ts';
import { type Refusal, refuse } from './audit.ts';
import type { NewKey } from './key-records.ts';

export interface KeyRules {
  /** Types of keys; undefined when any name will do: a type that no limit names has the figures of all. */
  readonly types: readonly string[] | undefined;
  /** Tiers of tenants; undefined when any name will do. */
  readonly tiers: readonly string[] | undefined;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The largest time that a date can hold. */
const LAST_MS = 8.64e15;

/** The first thing that is wrong; undefined when it may be made. */
export function checkNewKey(key: NewKey, { types, tiers }: KeyRules): Refusal | undefined {
  if (!LABEL_FORM.test(key.label)) return refuse('invalid', 'The label must have 1 to 200 printable characters.');
  const wrongName = checkName('type', key.keyType, types) ?? checkName('tier', key.tier, tiers);
  if (wrongName !== undefined) return wrongName;
  if (key.roles?.some((role) => !NAME.test(role)) === true || (key.roles?.length ?? 0) > 32) {
    return refuse('invalid', 'Roles are at most 32 names: lower-case letters, digits and inner hyphens.');
  }
  for (const field of ['tenant', 'user', 'organisation'] as const) {
    const value = key[field];
    if (value !== undefined && !IDENTIFIER_FORM.test(value)) {
      return refuse('invalid', `The ${field} must have 1 to 200 visible characters and no space.`);
    }
  }
  const { expiresAtMs } = key;
  return expiresAtMs === undefined || (Number.isInteger(expiresAtMs) && Math.abs(expiresAtMs) <= LAST_MS)
    ? undefined
    : refuse('invalid', 'The expiry must be a whole number of milliseconds since 1970.');
}

/** A name that the policy lists, or any where it lists none. */
export function checkName(
  what: string,
  name: string | undefined,
  listed: readonly string[] | undefined,
): Refusal | undefined {
  if (name === undefined || (listed === undefined ? NAME.test(name) : listed.includes(name))) return undefined;
  return refuse('invalid', `The ${what} must be ${listed === undefined ? 'a name' : `one of: ${listed.join(', ')}`}.`);
}
