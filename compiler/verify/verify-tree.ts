/**
 * Runs every real tool over every environment of the generated tree.
 *
 * Owns which tool looks at what, two at a time; what is printed is left to the command.
 */
import { join } from 'node:path';
import type { ExistingEnvironment } from '../writer/scan-tree.ts';
import { amtool } from './amtool.ts';
import { kubeconform } from './kubeconform.ts';
import { nginx } from './nginx.ts';
import { promtool } from './promtool.ts';
import { findProgram, type Problem, type Subject, type VerifyOptions, type VerifyTool } from './tool.ts';

/** In the order they are run and reported. */
const VERIFY_TOOLS: readonly VerifyTool[] = [promtool, amtool, nginx, kubeconform];

export interface VerifyReport {
  readonly results: readonly ToolResult[];
  /** Tools that have something to look at and are not installed. */
  readonly missing: readonly MissingTool[];
}

export interface ToolResult {
  readonly tool: string;
  /** `<system>/<environment>`. */
  readonly folder: string;
  /** `<system>/<environment>/<part>`. */
  readonly subject: string;
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

export interface MissingTool {
  readonly tool: string;
  readonly install: string;
  readonly subjects: number;
}

export async function verifyTree(
  root: string,
  environments: readonly ExistingEnvironment[],
  options: VerifyOptions,
  find: (name: string) => string | undefined = findProgram,
): Promise<VerifyReport> {
  const jobs: (() => Promise<ToolResult>)[] = [];
  const missing: MissingTool[] = [];
  for (const tool of VERIFY_TOOLS) {
    const program = find(tool.name);
    const found = environments.flatMap((environment) => subjectsOf(tool, environment));
    if (found.length > 0 && program === undefined) {
      missing.push({ tool: tool.name, install: tool.install, subjects: found.length });
    } else if (program !== undefined) {
      jobs.push(...found.map((place) => () => runOne(tool, program, { root, options }, place)));
    }
  }
  return { results: await runAll(jobs), missing };
}

interface Place {
  readonly folder: string;
  readonly subject: Subject;
}

function subjectsOf(tool: VerifyTool, { system, environment, entries }: ExistingEnvironment): readonly Place[] {
  const files = [...entries].filter(([, { kind }]) => kind === 'file').map(([path]) => path);
  return tool.subjects(files.sort()).map((subject) => ({ folder: `${system}/${environment}`, subject }));
}

async function runOne(
  tool: VerifyTool,
  program: string,
  { root, options }: { readonly root: string; readonly options: VerifyOptions },
  { folder, subject }: Place,
): Promise<ToolResult> {
  const problems = await tool.run(program, join(root, folder), subject, options);
  return { tool: tool.name, folder, subject: `${folder}/${subject.name}`, files: subject.files, problems };
}

/** Results come in the order of the jobs, whichever ends first. */
async function runAll<T>(jobs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const results: T[] = [];
  const waiting = [...jobs.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await next[1]();
  };
  await Promise.all([work(), work()]);
  return results;
}
