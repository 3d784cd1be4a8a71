/**
 * `seaworthy check`: every finding of the spec, and nothing written.
 */
import { analyse } from '../pipeline.ts';
import type { Command } from './command.ts';
import { enterProject } from './enter-project.ts';
import { printFindings, statusOf } from './print-findings.ts';
import { compileOptionsOf, FINDING_OPTIONS, loadSpec, refuseUnknownNames, SPEC_OPTIONS } from './spec-options.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'find everything that is wrong with the spec, and write nothing',
  options: { ...SPEC_OPTIONS, ...FINDING_OPTIONS },
  notes: ['Errors exit 1; warnings only with --strict; notes, such as open questions, never.'],
  example: 'seaworthy check --system sim-corp --strict',
  async run(args) {
    enterProject(args);
    const options = compileOptionsOf(args);
    const { diagnostics, names, hasError } = analyse(loadSpec(options.specRoot), options);
    if (!hasError) refuseUnknownNames(args, names);
    await printFindings(diagnostics, args);
    return statusOf(diagnostics, args);
  },
};
