/**
 * Secrets that stand in the spec as plain text, wherever they stand.
 *
 * Owns the finding; the shapes are `diagnostics/mask-secrets.ts`. The spec is in Git and its values reach manifests, so a secret in it is
 * known to everybody who can read either. The value itself is in no message and in no excerpt.
 */
import { VALIDATE } from '../diagnostics/codes/validate.ts';
import { secretIn } from '../diagnostics/mask-secrets.ts';
import type { SpecPath } from '../source/source-document.ts';
import { describePath } from './describe-value.ts';
import type { ShapeProblem } from './problem.ts';

export function findSecrets(value: unknown, path: SpecPath = []): readonly ShapeProblem[] {
  if (typeof value === 'string') {
    const what = secretIn(value);
    return what === undefined ? NONE : [toProblem(what, path)];
  }
  if (typeof value !== 'object' || value === null) return NONE;
  let found = NONE;
  for (const [key, item] of Object.entries(value)) {
    const below = findSecrets(item, [...path, Array.isArray(value) ? Number(key) : key]);
    if (below.length > 0) found = [...found, ...below];
  }
  return found;
}

const NONE: readonly ShapeProblem[] = [];

function toProblem(what: string, path: SpecPath): ShapeProblem {
  const isVariable = path.at(-1) === 'value' && path.includes('env');
  const hint = isVariable
    ? 'Write `secret: { name: <name in the store>, key: <key> }` instead of `value`, and replace the secret, since Git has seen it.'
    : undefined;
  const message = `${describePath(path)} holds ${what} as plain text`;
  return { info: VALIDATE.secretInText, path, part: 'value', message, hint, conceal: true };
}
