/**
 * Every code of every stage, in order.
 *
 * Owns the list and the look-up for `explain` and the renderers; each stage keeps its own table in `codes/`. A check carries its
 * `CodeInfo` itself, and the check registry is where those are listed.
 */

import { checksRunCodes } from './codes/checks.ts';
import { generatedCodes } from './codes/generated.ts';
import { resolveCodes } from './codes/resolve.ts';
import { sourceCodes } from './codes/source.ts';
import { validateCodes } from './codes/validate.ts';
import { verifyCodes } from './codes/verify.ts';
import type { CodeInfo } from './diagnostic.ts';

export const CODES: readonly CodeInfo[] = [
  ...sourceCodes,
  ...validateCodes,
  ...resolveCodes,
  ...checksRunCodes,
  ...generatedCodes,
  ...verifyCodes,
];

const byCode: ReadonlyMap<string, CodeInfo> = new Map(CODES.map((info) => [info.code, info]));

/** What is known about a code; undefined for the code of a check, which its registry knows. */
export const findCode = (code: string): CodeInfo | undefined => byCode.get(code);
