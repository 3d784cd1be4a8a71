/**
 * The help of the program and of each command, from the same tables that arguments are read by.
 */
import type { Command, OptionSpec } from './command.ts';

export function formatCommandHelp(command: Command): string {
  const operands = command.operands === undefined ? '' : ` ${command.operands}`;
  const options = { ...command.options, help: { kind: 'flag', help: 'show this' } as const };
  return [
    `seaworthy ${command.name}: ${command.summary}`,
    '',
    `usage: seaworthy ${command.name}${operands} [options]`,
    '',
    ...formatRows(Object.entries(options).map(([name, spec]) => [formatOption(name, spec), describe(spec)])),
    ...(command.notes === undefined ? [] : ['', ...command.notes]),
    '',
    `example: ${command.example}`,
    '',
  ].join('\n');
}

/** `rows` are names and summaries of the commands. */
export const formatProgramHelp = (rows: readonly (readonly [string, string])[]): string =>
  [
    'Seaworthy: production readiness that compiles.',
    '',
    'usage: seaworthy COMMAND [options]',
    '',
    ...formatRows(rows),
    '',
    '  --version  print the version',
    '  --help     show this; `seaworthy COMMAND --help` tells more',
    '',
    'Exit status: 0 fine, 1 findings, 2 usage or environment.',
    'example: seaworthy init && seaworthy compile',
    '',
  ].join('\n');

const formatOption = (name: string, { kind, value, choices }: OptionSpec): string =>
  kind === 'flag' ? `--${name}` : `--${name} ${choices?.join('|') ?? value ?? 'VALUE'}`;

const describe = (spec: OptionSpec): string =>
  spec.default === undefined ? spec.help : `${spec.help} (default ${spec.default})`;

function formatRows(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
