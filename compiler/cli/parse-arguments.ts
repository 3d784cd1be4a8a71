/**
 * Reads the arguments of one command strictly: unknown options, missing values and values outside their choices are usage errors.
 *
 * Relies on `util.parseArgs` for the syntax; owns the messages and the nearest name.
 */
import { parseArgs } from 'node:util';
import { suggestName } from '../diagnostics/suggest-name.ts';
import { type Arguments, type Command, type OptionSpec, UsageError } from './command.ts';

export function parseArguments(command: Command, args: readonly string[]): Arguments {
  const types = Object.entries(command.options).map(([name, { kind }]) => [name, { type: typeOf(kind) }]);
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string | true>();
  const given = new Map<string, readonly string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined;
    if (spec === undefined) throw unknownOption(command, token.rawName);
    const value = readValue(token, spec);
    values.set(token.name, value);
    if (typeof value === 'string') given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  if (command.operands === undefined && positionals[0] !== undefined) {
    throw new UsageError(`\`${command.name}\` takes no \`${positionals[0]}\``, seeHelp(command));
  }
  return {
    positionals,
    text: (name) => {
      const value = values.get(name) ?? command.options[name]?.default;
      return typeof value === 'string' ? value : undefined;
    },
    texts: (name) => given.get(name) ?? [],
    flag: (name) => values.has(name),
    isGiven: (name) => values.has(name),
  };
}

export const seeHelp = ({ name }: Pick<Command, 'name'>): string => `See \`seaworthy ${name} --help\`.`;

const typeOf = (kind: OptionSpec['kind']): 'string' | 'boolean' => (kind === 'text' ? 'string' : 'boolean');

function unknownOption(command: Command, rawName: string): UsageError {
  const near = suggestName(rawName.replace(/^-+/, ''), Object.keys(command.options));
  const hint = near === undefined ? seeHelp(command) : `Did you mean \`--${near}\`?`;
  return new UsageError(`\`${command.name}\` has no option \`${rawName}\``, hint);
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function readValue({ rawName, value, inlineValue }: OptionToken, spec: OptionSpec): string | true {
  if (spec.kind === 'flag') {
    if (value !== undefined) throw new UsageError(`\`${rawName}\` takes no value`);
    return true;
  }
  // `--spec --out x` is a forgotten value, not a folder called --out.
  const isForgotten = value === undefined || value === '' || (inlineValue === false && value.startsWith('-'));
  if (isForgotten)
    throw new UsageError(`\`${rawName}\` needs a value`, `Write \`${rawName} ${spec.value ?? 'VALUE'}\`.`);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    const near = suggestName(value, spec.choices);
    const hint = near === undefined ? `Choose one of ${spec.choices.join(', ')}.` : `Did you mean \`${near}\`?`;
    throw new UsageError(`\`${rawName}\` cannot be \`${value}\``, hint);
  }
  return value;
}
