/**
 * What can be wrong with the generated tree: SW-901 to SW-949.
 *
 * Owns the permanent codes of the writer and of `compile --check`. A retired code leaves a gap and is never given out again.
 */
import type { CodeInfo } from '../diagnostic.ts';

export const GENERATED = {
  edited: {
    code: 'SW-901',
    severity: 'error',
    title: 'A generated file was edited by hand',
    why: 'The next compile would lose the edit without a trace, and until then Git says something that no spec asked for.',
    hint: 'Move what the edit wanted into the spec, then run `seaworthy compile --force`, which overwrites it; after a merge conflict inside generated/ that command alone is enough.',
  },
  foreignInTheWay: {
    code: 'SW-902',
    severity: 'error',
    title: 'A foreign file stands in the way',
    why: 'The compiler overwrites only what it wrote itself, and its record does not hold this file.',
    hint: 'Move the file out of the generated tree, or run `seaworthy compile --force` to overwrite it.',
  },
  different: {
    code: 'SW-903',
    severity: 'error',
    title: 'A generated file is not what the spec says',
    why: 'What is deployed comes from this file, so the spec and the system disagree.',
    hint: 'Run `seaworthy compile` and commit what it writes.',
  },
  missing: {
    code: 'SW-904',
    severity: 'error',
    title: 'A generated file is missing',
    why: 'The spec promises what this file would bring.',
    hint: 'Run `seaworthy compile` and commit what it writes.',
  },
  stale: {
    code: 'SW-905',
    severity: 'error',
    title: 'A generated file is no longer asked for',
    why: 'What it describes would stay deployed although the spec has dropped it.',
    hint: 'Run `seaworthy compile`, which removes it, and commit that.',
  },
  foreign: {
    code: 'SW-906',
    severity: 'error',
    title: 'A foreign file is in the generated tree',
    why: 'Argo CD applies the whole folder, so the file would be deployed although no spec asks for it.',
    hint: 'Move the file out of the generated tree; the compiler never removes what it did not write.',
  },
  obstacle: {
    code: 'SW-907',
    severity: 'error',
    title: 'Something stands where a generated file or folder has to be',
    why: 'The compiler follows no symbolic link and removes no folder of others, so that it cannot write outside of its tree.',
    hint: 'Remove what stands there, then run `seaworthy compile` again.',
  },
  interrupted: {
    code: 'SW-908',
    severity: 'error',
    title: 'A compile was interrupted',
    why: 'The tree is between two states until the next compile brings it wholly to the new one.',
    hint: 'Run `seaworthy compile`, which finishes what was begun.',
  },
} as const satisfies Record<string, CodeInfo>;

export const generatedCodes: readonly CodeInfo[] = Object.values(GENERATED);
