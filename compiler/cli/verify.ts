/**
 * `seaworthy verify`: the real tools over the generated tree.
 *
 * Owns what is printed and that nothing unproved looks proved: what could not be run is said, and fails with `--require`.
 */
import { existsSync } from 'node:fs';
import { verifyTree } from '../verify/verify-tree.ts';
import { diskHost } from '../writer/host.ts';
import { scanTree } from '../writer/scan-tree.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { printError, printOut } from './output.ts';
import { OUT_OPTION, outRootOf, SPEC_OPTIONS } from './spec-options.ts';

export const verifyCommand: Command = {
  name: 'verify',
  summary: 'run the real tools (promtool, amtool, nginx, kubeconform) over the generated tree',
  options: {
    require: { kind: 'flag', help: 'fail when a tool that has something to look at is not installed' },
    system: SPEC_OPTIONS.system,
    environment: SPEC_OPTIONS.environment,
    ...OUT_OPTION,
  },
  notes: ['A tool that is missing is named together with the way to get it.'],
  example: 'seaworthy verify --system sentinel --require',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const root = outRootOf(args);
  if (!existsSync(root)) throw new UsageError(`there is no \`${root}\``, 'Run `seaworthy compile` first.');
  const selection = { system: args.text('system'), environment: args.text('environment') };
  const { environments } = scanTree(diskHost, root, selection);
  if (environments.length === 0)
    throw new UsageError(`\`${root}\` holds no such environment`, 'Run `seaworthy compile` first.');
  const { results, missing } = await verifyTree(root, environments);
  for (const { isOk, tool, subject, files, output } of results) {
    printOut(
      `${isOk ? 'passed' : 'FAILED'}  ${tool.padEnd(11)} ${subject} (${files} ${files === 1 ? 'file' : 'files'})\n`,
    );
    if (!isOk) printError(`${output.replace(/^/gm, '    ')}\n`);
  }
  for (const { tool, subjects, install } of missing) {
    printError(
      `NOT RUN ${tool}: not installed, so ${subjects} of its checks prove nothing here\n        get it: ${install}\n`,
    );
  }
  const failed = results.filter(({ isOk }) => !isOk).length;
  const notRun = missing.length === 0 ? '' : `, ${missing.map(({ tool }) => tool).join(' and ')} not run`;
  printOut(`${results.length - failed} passed, ${failed} failed${notRun}\n`);
  return failed > 0 || (args.flag('require') && missing.length > 0) ? 1 : 0;
}
