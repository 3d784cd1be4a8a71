/**
 * Notes that a key was used, once every policy before has let the request through: a refusal is no use.
 */
import type { Route } from '../../../schemas/runtime-policy.gen.ts';
import type { Handler } from '../../http/exchange.ts';
import type { KeyDirectory } from './key-directory.ts';

/** Undefined where no key is asked for. */
export function recordUse(keys: KeyDirectory | undefined, { auth }: Route): Handler | undefined {
  if (keys === undefined || auth !== 'api-key') return undefined;
  return function recordUse({ principal }) {
    if (principal.kind === 'api-key') keys.used(principal.keyId);
    return undefined;
  };
}
