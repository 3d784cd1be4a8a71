/**
 * Runs the real promtool over emitted rules, for tests: whether it accepts them, and what they do over time.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Artifact } from '../emitters/emitter.ts';
import { requireTool } from './real-tools.ts';

/** A file of a promtool unit test: prometheus.io, "Unit testing for rules". */
export interface RuleTest {
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly alert_rule_test?: readonly unknown[];
  readonly promql_expr_test?: readonly unknown[];
}

/** The plain rule files among the artifacts, each under its own name. */
export const plainRules = (artifacts: readonly Artifact[]): readonly Artifact[] =>
  artifacts.filter(({ path }) => path.startsWith('prometheus/rules/'));

/** What promtool says about the files; throws with its words when it refuses one. */
export function checkRules(artifacts: readonly Artifact[]): string {
  return inFolder(artifacts, (folder, names) =>
    promtool(folder, ['check', 'rules', '--lint=all', '--lint-fatal', ...names]),
  );
}

/** The rule files with these groups alone: promtool evaluates every rule at every step of every test, which takes long. */
export const onlyGroups = (artifacts: readonly Artifact[], groups: RegExp): readonly Artifact[] =>
  plainRules(artifacts).flatMap((artifact) => {
    const file: { readonly groups: readonly { readonly name: string }[] } = parse(artifact.text);
    const chosen = file.groups.filter(({ name }) => groups.test(name));
    return chosen.length === 0 ? [] : [{ ...artifact, text: stringify({ groups: chosen }) }];
  });

/** Runs unit tests over the rules, evaluated every `step`; throws with promtool's words when one fails. */
export function testRules(artifacts: readonly Artifact[], tests: readonly RuleTest[], step = '30s'): string {
  return inFolder(artifacts, (folder, names) => {
    const file = { rule_files: names, evaluation_interval: step, tests };
    writeFileSync(join(folder, 'test.yaml'), stringify(file, { aliasDuplicateObjects: false }));
    return promtool(folder, ['test', 'rules', 'test.yaml']);
  });
}

function inFolder(artifacts: readonly Artifact[], run: (folder: string, names: readonly string[]) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-rules-'));
  try {
    const names = plainRules(artifacts).map(({ path, text }) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      writeFileSync(join(folder, name), text);
      return name;
    });
    return run(folder, names);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function promtool(folder: string, args: readonly string[]): string {
  const path = requireTool('promtool');
  try {
    return execFileSync(path, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (typeof error !== 'object' || error === null || !('stderr' in error)) throw error;
    const output = 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`promtool ${args.join(' ')}\n${output}${String(error.stderr)}`);
  }
}
