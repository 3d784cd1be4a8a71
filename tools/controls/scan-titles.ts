/**
 * Which tests say that they prove a control, read from the sources without running them.
 */
import { parseTitle } from '../../compiler/testing/suite-report.ts';

/** Suites that share a server declare their tests by a helper that is called `test`. */
const TITLE = /(?<![.\w])(?:it|test)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gs;

export interface ClaimedProof {
  readonly control: string;
  readonly file: string;
  readonly title: string;
}

/** One entry for each control in each title. */
export function scanTitles(file: string, text: string): readonly ClaimedProof[] {
  return [...text.matchAll(TITLE)].flatMap(([, , raw = '']) => {
    const { controls, text: title } = parseTitle(raw.replaceAll(/\\(.)/g, '$1'));
    return controls.map((control) => ({ control, file, title }));
  });
}
