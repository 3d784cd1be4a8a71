/**
 * `seaworthy check`: every finding of the spec, and nothing written.
 */
import { analyse } from '../pipeline.ts';
import { loadSources } from '../source/load-sources.ts';
import { diskHost } from '../source/source-host.ts';
import type { Command } from './command.ts';
import { printError } from './output.ts';
import { countFindings, printFindings, statusOf } from './print-findings.ts';
import { compileOptionsOf, FINDING_OPTIONS, refuseUnknownNames, SPEC_OPTIONS } from './spec-options.ts';

export const checkCommand: Command = {
  name: 'check',
  summary: 'find everything that is wrong with the spec, and write nothing',
  options: { ...SPEC_OPTIONS, ...FINDING_OPTIONS },
  notes: ['Errors exit 1; warnings only with --strict; notes, such as open questions, never.'],
  example: 'seaworthy check --system sim-corp --strict',
  async run(args) {
    const options = compileOptionsOf(args);
    const { diagnostics, names } = analyse(loadSources(diskHost, options.specRoot), options);
    if (diagnostics.every(({ severity }) => severity !== 'error')) refuseUnknownNames(args, names);
    await printFindings(diagnostics, args);
    if (args.text('format') === 'human') printError(`${countFindings(diagnostics)}\n`);
    return statusOf(diagnostics, args);
  },
};
