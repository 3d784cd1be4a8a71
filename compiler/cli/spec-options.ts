/**
 * The options that every command over a spec shares, and how they become a run of the pipeline.
 *
 * Owns the defaults, today's date and the message for a name that the spec does not have.
 */

import type { Outcome } from '../diagnostics/diagnostic.ts';
import { suggestName } from '../diagnostics/suggest-name.ts';
import type { CompileOptions } from '../pipeline.ts';
import type { SystemNames } from '../select-documents.ts';
import { loadSources } from '../source/load-sources.ts';
import type { SourceFile } from '../source/source-document.ts';
import { diskHost } from '../source/source-host.ts';
import { type Arguments, type OptionSpec, type OptionSpecs, UsageError } from './command.ts';

export const SPEC_OPTIONS = {
  spec: { kind: 'text', value: 'DIR', default: 'spec', help: 'folder of the spec' },
  system: { kind: 'text', value: 'NAME', help: 'only this system' },
  environment: { kind: 'text', value: 'NAME', help: 'only environments of this name' },
} as const satisfies OptionSpecs;

export const OUT_OPTION = {
  out: { kind: 'text', value: 'DIR', default: 'generated', help: 'folder of the generated tree' },
} as const satisfies OptionSpecs;

/** For commands that tell no findings. */
export const PLAIN_FORMAT = {
  kind: 'text',
  choices: ['human', 'json'],
  default: 'human',
  help: 'form of what is told, on stdout',
} as const satisfies OptionSpec;

export const FINDING_OPTIONS = {
  format: {
    kind: 'text',
    choices: ['human', 'json', 'sarif', 'github'],
    default: 'human',
    help: 'form of the findings; all but human go to stdout',
  },
  strict: { kind: 'flag', help: 'fail on warnings, too' },
  color: { kind: 'text', choices: ['auto', 'always', 'never'], default: 'auto', help: 'colour of the findings' },
} as const satisfies OptionSpecs;

/** The folder as paths of files begin with it. */
export const specRootOf = (args: Arguments): string => tidyFolder(args.text('spec') ?? 'spec');

export const outRootOf = (args: Arguments): string => tidyFolder(args.text('out') ?? 'generated');

export const compileOptionsOf = (args: Arguments): CompileOptions => ({
  specRoot: specRootOf(args),
  today: new Date().toISOString().slice(0, 10),
  system: args.text('system'),
  environment: args.text('environment'),
});

/** The files of the spec. A folder that is not there is a slip of the command line, and no finding of a spec. */
export function loadSpec(specRoot: string): Outcome<readonly SourceFile[]> {
  const sources = loadSources(diskHost, specRoot);
  if (sources.value !== undefined) return sources;
  const [problem] = sources.diagnostics;
  throw new UsageError(problem?.message ?? `\`${specRoot}\` cannot be read`, problem?.hint);
}

/** A name that matches nothing is a slip of the hand; compiling nothing successfully would hide it. */
export function refuseUnknownNames(args: Arguments, names: SystemNames): void {
  const [system, environment] = [args.text('system'), args.text('environment')];
  const known = [...names.keys()];
  if (system !== undefined && !names.has(system)) throw unknownName('system', system, known);
  const environments = [...new Set(system === undefined ? [...names.values()].flat() : names.get(system))].sort();
  if (environment !== undefined && !environments.includes(environment)) {
    throw unknownName('environment', environment, environments);
  }
}

function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const near = suggestName(name, known);
  const list = known.length === 0 ? `The spec has no ${kind}.` : `The spec has ${known.join(', ')}.`;
  return new UsageError(`the spec has no ${kind} \`${name}\``, near === undefined ? list : `Did you mean \`${near}\`?`);
}

/** Forward slashes, no `./` in front, no slash at the end. */
function tidyFolder(folder: string): string {
  const path = folder.replaceAll('\\', '/').replace(/^(?:\.\/+)+(?=.)/, '');
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
