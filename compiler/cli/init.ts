/**
 * `seaworthy init`: a starter spec that compiles at once.
 *
 * Owns which files are written and that nothing is ever overwritten; the texts are in `compiler/starter-spec.ts`.
 */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { starterSpec } from '../starter-spec.ts';
import { makeDirectory } from '../writer/host.ts';
import { type Arguments, type Command, type ExitStatus, UsageError } from './command.ts';
import { printOut } from './output.ts';
import { SPEC_OPTIONS, specRootOf } from './spec-options.ts';

export const initCommand: Command = {
  name: 'init',
  summary: 'write a commented starter spec into this folder',
  options: {
    name: { kind: 'text', value: 'NAME', help: 'name of the system (default: the name of this folder)' },
    spec: SPEC_OPTIONS.spec,
  },
  notes: ['Files that exist are never overwritten.'],
  example: 'seaworthy init --name shop && seaworthy compile',
  run,
};

async function run(args: Arguments): Promise<ExitStatus> {
  const name = args.text('name') ?? nameOfFolder();
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    throw new UsageError(
      `\`${name}\` is no name for a system`,
      'Use lower-case letters, digits and dashes, such as `--name shop`.',
    );
  }
  const folder = join(specRootOf(args), name);
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UsageError(`\`${folder}\` is not empty`, 'Choose another name with `--name NAME`; nothing was written.');
  }
  for (const [file, text] of Object.entries(starterSpec(name))) {
    const path = join(folder, file);
    makeDirectory(dirname(path));
    writeFileSync(path, text, { flag: 'wx' });
    printOut(`wrote ${path}\n`);
  }
  printOut('next: seaworthy compile\n');
  return 0;
}

/** The folder's name as far as it can be one of a system. */
const nameOfFolder = (): string =>
  basename(process.cwd())
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63) || 'shop';
