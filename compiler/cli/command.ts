/**
 * What a command is, and how its arguments are read and explained.
 *
 * Owns the shape shared by all commands. A command returns its exit status and throws `UsageError` for what only the user can put right.
 */

/** 0 fine, 1 findings, 2 usage or environment. */
export type ExitStatus = 0 | 1 | 2;

export interface OptionSpec {
  /** `flag` takes no value. */
  readonly kind: 'text' | 'flag';
  /** Stands for the value in the help, such as `DIR`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** May be given more than once; read with `texts`. */
  readonly isRepeatable?: boolean;
  readonly default?: string;
  /** One line, lower case, no period. */
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export interface Arguments {
  readonly positionals: readonly string[];
  /** The value of a text option, or its default. */
  text(name: string): string | undefined;
  /** Every value of a repeatable option, in order. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** Whether the command line has the option; a default does not count. */
  isGiven(name: string): boolean;
}

export interface Command {
  readonly name: string;
  /** One line, lower case, no period. */
  readonly summary: string;
  /** What may follow the name, such as `[CODE | FIELD]`; nothing when absent. */
  readonly operands?: string;
  readonly options: OptionSpecs;
  /** Lines that are shown below the options. */
  readonly notes?: readonly string[];
  readonly example: string;
  run(args: Arguments): Promise<ExitStatus>;
}

/** Something that only another command line or another environment can put right: exit 2, one line, no stack. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
