/**
 * The shared secrets of signers, from the environment.
 *
 * Owns what a usable secret is. Several may be set at once, so that one can be changed without a gap: the new one is set
 * beside the old, clients move over, the old one goes. A secret that cannot be used refuses the start; it never weakens a
 * check.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { RuntimePolicy } from '../../../schemas/runtime-policy.gen.ts';

export interface SigningSecret {
  /** Name of the variable: what the caller is called in limits and logs. */
  readonly id: string;
  readonly key: KeyObject;
  /** Tells signers apart where nonces are kept; stays when a secret moves to another variable. Gives nothing of it away. */
  readonly scope: string;
}

export type SigningSecrets =
  | { readonly kind: 'secrets'; readonly secrets: readonly SigningSecret[] }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

const MIN_BYTES = 32;

/** The secrets that are set; none are asked for where no route wants signatures. */
export function readSigningSecrets(
  { auth, routes }: RuntimePolicy,
  env: Readonly<Record<string, string | undefined>>,
): SigningSecrets {
  if (auth.signature === undefined || !routes.some((route) => route.auth === 'signature')) {
    return { kind: 'secrets', secrets: [] };
  }
  const names = auth.signature.secretEnvs.filter((name) => (env[name] ?? '') !== '');
  if (names.length === 0) {
    return { kind: 'refused', reasons: [`${auth.signature.secretEnvs.join(' or ')} must be set: requests are signed`] };
  }
  const read = names.map((name) => ({ name, bytes: decodeSecret(env[name] ?? '') }));
  const reasons = read.flatMap(({ name, bytes }) => {
    if (bytes === undefined) return [`${name} is not well formed after its prefix`];
    return bytes.length < MIN_BYTES ? [`${name} must hold at least ${MIN_BYTES} bytes`] : [];
  });
  if (reasons.length > 0) return { kind: 'refused', reasons };
  return {
    kind: 'secrets',
    secrets: read.map(({ name, bytes = Buffer.alloc(0) }) => ({
      id: name,
      key: createSecretKey(bytes),
      scope: createHmac('sha256', bytes).update('scope of nonces').digest('base64url'),
    })),
  };
}

/**
 * The bytes of a secret: those of the text itself, unless it says `hex:` or `base64:`. It is not guessed, since text that
 * looks like hex is what `openssl rand -hex` prints and `openssl dgst -hmac` uses as it is. Undefined: not what it says.
 */
export function decodeSecret(text: string): Buffer | undefined {
  if (text.startsWith('hex:')) return decode(text.slice(4), 'hex');
  return text.startsWith('base64:') ? decode(text.slice(7), 'base64') : Buffer.from(text, 'utf8');
}

/** Node skips what it cannot read; so what it read must say the same again. */
function decode(text: string, encoding: 'hex' | 'base64'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  const again = bytes.toString(encoding);
  return again === (encoding === 'hex' ? text.toLowerCase() : text) ? bytes : undefined;
}
