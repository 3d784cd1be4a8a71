/**
 * The real programs that tests drive: where they are, and what to do when one is missing.
 *
 * Owns the table of tools with the Debian package that brings each, and the search for them. Installing is left to
 * `tools/install-tools.ts`, which reads the needs of all tests from their `requireTool('...')` calls: keep the name a literal.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isProgram, programFolders } from '../verify/tool.ts';
import { SkipTest } from './skip-test.ts';

/** Each tool and the Debian package that holds it. */
export const REAL_TOOLS = {
  promtool: 'prometheus',
  amtool: 'prometheus-alertmanager',
  nginx: 'nginx',
  'redis-server': 'redis-server',
  mosquitto: 'mosquitto',
  postgres: 'postgresql',
  chromium: 'chromium',
  curl: 'curl',
} as const satisfies Record<string, string>;

export type RealTool = keyof typeof REAL_TOOLS;

/**
 * The path of a real tool. Where the tool is missing, the test (or the suite whose body asked) is skipped loudly; with `CI=true`
 * it fails instead, for there every proof has to run.
 */
export function requireTool(tool: RealTool, folders: readonly string[] = searchFolders()): string {
  const path = findTool(tool, folders);
  if (path !== undefined) return path;
  const message = `${tool} is not installed; install it with: ${installCommand([tool])}`;
  throw isCi() ? new Error(message) : new SkipTest(message);
}

/**
 * The same for a proof that holds for one version only: what it compares with was written down from that one. Another version
 * is no fault of whoever runs the tests, so it is skipped loudly everywhere.
 */
export function requireVersion(tool: RealTool, version: string, argument: string): string {
  const program = requireTool(tool);
  const { stdout, stderr } = spawnSync(program, [argument], { encoding: 'utf8' });
  const said = `${stdout}${stderr}`.split('\n', 1)[0] ?? '';
  const found = /\d+(?:\.\d+)+/.exec(said)?.[0];
  if (found === version || found?.startsWith(`${version}.`) === true) return program;
  throw new SkipTest(`this needs ${tool} ${version}, and here is ${found ?? 'none that says its version'}`);
}

/** The path of a real tool, or undefined. */
export function findTool(tool: RealTool, folders: readonly string[] = searchFolders()): string | undefined {
  return folders.map((folder) => join(folder, tool)).find(isProgram);
}

/** The command that installs the packages of these tools on Debian and its relatives. */
export function installCommand(tools: readonly RealTool[]): string {
  return `apt-get install --no-install-recommends ${packagesOf(tools).join(' ')}`;
}

export function packagesOf(tools: readonly RealTool[]): readonly string[] {
  return [...new Set(tools.map((tool) => REAL_TOOLS[tool]))].sort();
}

export function isCi(): boolean {
  return process.env['CI'] === 'true';
}

// Debian keeps PostgreSQL's server out of everyone's PATH.
const searchFolders = (): readonly string[] => [...programFolders(), ...postgresFolders()];

/** `/usr/lib/postgresql/<version>/bin`, newest first. */
function postgresFolders(): readonly string[] {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => join(root, version, 'bin'));
  } catch {
    return [];
  }
}
