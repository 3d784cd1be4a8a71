/**
 * Which tests say that they prove a requirement, read from the sources without running them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTitle } from '../../compiler/testing/suite-report.ts';

/** Suites that share a server declare their tests by a helper that is called `test`. */
const TITLE = /(?<![.\w])(?:it|test)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gs;

export interface ClaimedProof {
  readonly requirement: string;
  readonly file: string;
  readonly title: string;
}

/** All of some files, given by their paths below the root. */
export const claimedIn = (root: string, files: readonly string[]): readonly ClaimedProof[] =>
  files.flatMap((file) => scanTitles(file, readFileSync(join(root, file), 'utf8')));

/** One entry for each requirement in each title. */
export function scanTitles(file: string, text: string): readonly ClaimedProof[] {
  return [...text.matchAll(TITLE)].flatMap(([, , raw = '']) => {
    const { controls, text: title } = parseTitle(raw.replaceAll(/\\(.)/g, '$1'));
    return controls.map((requirement) => ({ requirement, file, title }));
  });
}
