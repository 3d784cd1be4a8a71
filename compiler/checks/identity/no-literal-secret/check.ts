/**
 * identity/no-literal-secret
 *
 * Owns one claim: what a variable calls a password, secret, token or key comes from the store. A password may be any text; a key or token
 * is one when it looks random. Secrets with a shape of their own are found by the validate stage, wherever they stand.
 */
import type { Check, Finding } from '../../check.ts';

export const noLiteralSecret: Check = {
  id: 'identity/no-literal-secret',
  code: 'SW-460',
  severity: 'error',
  title: 'A variable that is named after a secret has a plain value',
  why: 'Everybody who can read the repository, its history or the manifests knows the value, and it can only be changed by a commit.',
  hint: 'Write `secret: { name: <name in the store>, key: <key> }` instead of `value`, and replace the secret, since Git has seen it.',
  run: ({ services }) =>
    services.flatMap((service): Finding[] =>
      service.env
        .filter((variable) => variable.kind === 'literal' && isSecret(variable.name, variable.value))
        .map(({ name, origin }) => ({
          at: origin.of('value'),
          message: `variable \`${name}\` of \`${service.name}\` has a secret as its plain value`,
          conceal: true,
        })),
    ),
};

const PASSWORDS = /(^|_)(PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET)$/;
const KEYS = /(^|_)(API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|KEY|TOKEN|PEPPER|SALT|CREDENTIALS?)$/;

function isSecret(name: string, value: string): boolean {
  // Empty, a path, a reference to another variable and a switch are no secrets.
  if (value === '' || /^(\/|\.\/|\$[({A-Z])|^(true|false)$/.test(value)) return false;
  return PASSWORDS.test(name) || (KEYS.test(name) && isRandom(value));
}

/** Sixteen characters or more without words: letters and digits mixed, and nearly as many different ones as chance brings. */
function isRandom(value: string): boolean {
  if (value.length < 16 || /\s|:\/\//.test(value) || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return false;
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits >= 3;
}
