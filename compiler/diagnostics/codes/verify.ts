/**
 * What `verify` can tell of the generated tree: SW-951 to SW-959.
 *
 * Owns that a refusal and the lack of a judgement have codes of their own: what a tool could not look at is neither good nor bad.
 */
import type { CodeInfo } from '../diagnostic.ts';

export const VERIFIED = {
  refused: {
    code: 'SW-951',
    severity: 'error',
    title: 'A real tool refuses what was generated',
    why: 'What the tool refuses would not start or not be applied, and the promise of the spec with it.',
    hint: 'Run `seaworthy compile --check`: if it finds nothing the compiler made the mistake, so please report it; otherwise compile again.',
  },
  unjudged: {
    code: 'SW-952',
    severity: 'error',
    title: 'A real tool could not judge what was generated',
    why: 'The files may be right or wrong; a run that could not look proves neither.',
    hint: 'Put right what the tool lacks, then run `seaworthy verify` again.',
  },
  withoutSchema: {
    code: 'SW-953',
    severity: 'warning',
    title: 'Objects of a kind have no schema here',
    why: 'Nobody looked at these objects: a field that their controller does not know would be found in the cluster.',
    hint: 'Give the schemas of their CustomResourceDefinitions: `--schemas DIR`, once for each folder.',
  },
  notInstalled: {
    code: 'SW-954',
    severity: 'warning',
    title: 'A real tool is not installed',
    why: 'What only this tool can find is not looked for.',
    hint: 'Install the tool, then run `seaworthy verify` again.',
  },
} as const satisfies Record<string, CodeInfo>;

export const verifyCodes: readonly CodeInfo[] = Object.values(VERIFIED);
