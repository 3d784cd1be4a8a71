/** The administrator's token from the environment: absent, good, or too short to be one. */
export type AdminToken =
  | { readonly kind: 'absent' }
  | { readonly kind: 'token'; readonly value: string }
  | { readonly kind: 'refused'; readonly reason: string };

const MIN_LENGTH = 32;

/** `name` is the environment variable and `value` what it holds. */
export function readAdminToken(name: string, value: string | undefined): AdminToken {
  if (value === undefined || value === '') return { kind: 'absent' };
  if (value.length < MIN_LENGTH)
    return { kind: 'refused', reason: `${name} must hold at least ${MIN_LENGTH} characters` };
  return { kind: 'token', value };
}
