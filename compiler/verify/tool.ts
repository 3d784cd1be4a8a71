/**
 * What a real tool is to `verify`: how to find what it reads, how to run it, how to get it.
 *
 * Owns the search on the PATH, the running of processes through execa, and that "could not look" is never "refused". The tools
 * themselves are one file each.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface VerifyTool {
  /** Name of the program. */
  readonly name: string;
  /** How to get it, one line. */
  readonly install: string;
  /** Folders or files of one environment that it has to look at. `files` are paths within `folder`, sorted. */
  subjects(files: readonly string[]): readonly Subject[];
  /** Judges one subject. Nothing found means that the tool looked at all of it and is content. */
  run(program: string, folder: string, subject: Subject, options: VerifyOptions): Promise<readonly Problem[]>;
}

export interface VerifyOptions {
  /** Where kubeconform finds its schemas, in its own notation; none: its default, on the network. */
  readonly schemaLocations: readonly string[];
}

export interface Subject {
  /** What is looked at, such as `nginx` or `prometheus/rules`. */
  readonly name: string;
  /** The files, by path within the environment's folder. */
  readonly files: readonly string[];
}

export interface Problem {
  /** `refused`: the tool looked and says no. `unjudged`: it could not look. `without-schema`: it does not know what it looked at. */
  readonly kind: 'refused' | 'unjudged' | 'without-schema';
  /** What the tool said, for a reader who has to find the mistake. */
  readonly output: string;
  /** Which file it is about, by path within the environment's folder, where the tool says so. */
  readonly file?: string;
  /** What to do, where more is known than the code says. Ends in a period. */
  readonly hint?: string;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly isOk: boolean;
  /** Whether it ended by itself: neither killed nor never started. */
  readonly hasEnded: boolean;
  readonly output: string;
}

/** The path of the program, or undefined. */
export function findProgram(name: string): string | undefined {
  return programFolders()
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** Where programs are looked for. Debian keeps daemons such as nginx out of a user's PATH. */
export function programFolders(): readonly string[] {
  const onPath = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...onPath, '/usr/local/sbin', '/usr/sbin', '/sbin'];
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Longest time for one run of a tool, in milliseconds. */
const TIMEOUT_MS = 120_000;

/** Runs a program in a folder. A tool that hangs or cannot be started has judged nothing. */
export async function runProgram(program: string, args: readonly string[], folder: string): Promise<ProgramEnd> {
  const { execa } = await import('execa');
  const { failed, all, shortMessage, exitCode } = await execa(program, args, {
    cwd: folder,
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
  });
  const output = all.trim();
  const hasEnded = exitCode !== undefined;
  return { isOk: !failed, hasEnded, output: hasEnded ? output : `${shortMessage ?? ''}\n${output}`.trim() };
}

/** For tools whose exit status is their judgement. */
export function judgeByStatus({ isOk, hasEnded, output }: ProgramEnd): readonly Problem[] {
  return isOk ? [] : [{ kind: hasEnded ? 'refused' : 'unjudged', output }];
}
