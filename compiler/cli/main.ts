/**
 * The `seaworthy` program: picks the command, loads it and ends with its status.
 *
 * Owns the list of commands and the last word on failures: a mistake of the user is one line and status 2, a bug of ours is one line
 * with a request to report it and status 70. Loads nothing that the command does not need.
 */
import { type Command, UsageError } from './command.ts';
import { printError, printOut } from './output.ts';

interface CommandEntry {
  readonly summary: string;
  load(): Promise<Command>;
}

const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  compile: {
    summary: 'write what the spec asks for into the generated tree',
    load: async () => (await import('./compile.ts')).compileCommand,
  },
  check: {
    summary: 'find everything that is wrong with the spec, and write nothing',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  verify: {
    summary: 'run the real tools (promtool, amtool, nginx, kubeconform) over the generated tree',
    load: async () => (await import('./verify.ts')).verifyCommand,
  },
  explain: {
    summary: 'tell about a code, a check, a field, a default or a compiled service',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  serve: {
    summary: 'enforce a compiled policy in front of its services',
    load: async () => (await import('./serve.ts')).serveCommand,
  },
  init: {
    summary: 'write a commented starter spec into this folder',
    load: async () => (await import('./init.ts')).initCommand,
  },
};

/** A bug of the program itself, as in sysexits.h. */
const EX_SOFTWARE = 70;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-v') {
    printOut(`${(await import('../version.ts')).VERSION}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return showHelp(name, rest[0]);
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry === undefined) throw await unknownCommand(name);
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    printOut((await import('./help.ts')).formatCommandHelp(command));
    return 0;
  }
  return command.run((await import('./parse-arguments.ts')).parseArguments(command, rest));
}

/** `seaworthy`, `seaworthy --help` and `seaworthy help compile`. Without a command there is nothing to do: that is a usage error. */
async function showHelp(name: string | undefined, topic: string | undefined): Promise<number> {
  const entry = topic !== undefined && Object.hasOwn(COMMANDS, topic) ? COMMANDS[topic] : undefined;
  const { formatCommandHelp, formatProgramHelp } = await import('./help.ts');
  const rows = Object.entries(COMMANDS).map(([command, { summary }]) => [command, summary] as const);
  if (entry !== undefined) printOut(formatCommandHelp(await entry.load()));
  else if (name === undefined) printError(formatProgramHelp(rows));
  else printOut(formatProgramHelp(rows));
  return name === undefined ? 2 : 0;
}

async function unknownCommand(name: string): Promise<UsageError> {
  const { suggestName } = await import('../diagnostics/suggest-name.ts');
  const near = suggestName(name, Object.keys(COMMANDS));
  const kind = name.startsWith('-') ? 'option' : 'command';
  return new UsageError(
    `there is no ${kind} \`${name}\``,
    near === undefined ? 'See `seaworthy --help`.' : `Did you mean \`${near}\`?`,
  );
}

async function reportFailure(error: unknown): Promise<number> {
  const usage = error instanceof UsageError ? error : (await import('./disk-failures.ts')).asUsageError(error);
  if (usage !== undefined) {
    printError(`seaworthy: ${usage.message}\n${usage.hint === undefined ? '' : `  ${usage.hint}\n`}`);
    return 2;
  }
  const missing = packageOf(error);
  if (missing !== undefined) {
    printError(
      `seaworthy: the package ${missing} is not installed\n  Run \`npm install ${missing}\`, or install seaworthy again.\n`,
    );
    return 2;
  }
  const text = error instanceof Error ? error.message : String(error);
  printError(`seaworthy: this is a bug in Seaworthy, please report it: ${text.split('\n')[0]}\n`);
  if (process.env['SEAWORTHY_DEBUG'] === '1' && error instanceof Error) printError(`${error.stack}\n`);
  else printError('  SEAWORTHY_DEBUG=1 shows where it happened.\n');
  return EX_SOFTWARE;
}

/** The package that an import did not find; a file of our own that is missing is a bug. */
function packageOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!(error instanceof Error) || (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND')) return undefined;
  return /Cannot find (?:package|module) '((?:@[\w.-]+\/)?[\w-][\w.-]*)/.exec(error.message)?.[1];
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  async (error: unknown) => {
    process.exitCode = await reportFailure(error);
  },
);
