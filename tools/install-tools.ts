/**
 * Makes the real programs that tests drive present: `npm run setup`, as root, or first thing by `npm test`.
 *
 * Owns the installation and its manners: only what some test asks for and is missing, only as root on Debian or a relative, and
 * no service started by it keeps running. Where it cannot install, it says what is missing and how to get it.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { findTool, installCommand, packagesOf, REAL_TOOLS, type RealTool } from '../compiler/testing/real-tools.ts';
import { ROOT } from './root.ts';
import { findSources } from './test-runner/find-files.ts';

const POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing among the tools that tests ask for, and gives back what is missing still. */
export function installTools(files: readonly string[]): readonly RealTool[] {
  const missing = neededTools(files).filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0 && canInstall()) install(missing);
  const left = missing.filter((tool) => findTool(tool) === undefined);
  for (const tool of left)
    console.warn(`MISSING ${tool}: its tests do not run here; install it with: ${installCommand([tool])}`);
  return left;
}

/** The tools that `requireTool('...')` and `requireVersion('...')` calls in these files name, in the order of the table. */
export function neededTools(files: readonly string[]): readonly RealTool[] {
  return toolsNamedIn(files.map((file) => readFileSync(join(ROOT, file), 'utf8')).join('\n'));
}

/** A call in a comment, or of another function, asks for nothing. */
export function toolsNamedIn(text: string): readonly RealTool[] {
  const code = text.replace(/^\s*(?:\/?\*|\/\/).*$/gm, '');
  const calls = code.matchAll(/(?<![\w'"`])require(?:Tool|Version)\('([^']+)'/g);
  const named = new Set([...calls].map(([, name]) => name));
  return (Object.keys(REAL_TOOLS) as RealTool[]).filter((tool) => named.has(tool));
}

function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version');
}

function install(tools: readonly RealTool[]): void {
  const packages = packagesOf(tools);
  console.log(`installing ${packages.join(', ')}`);
  withoutStartingServices(() => {
    const isInstalled = apt('install', '--no-install-recommends', ...packages);
    // The package lists of a fresh image are empty or old: refresh them only when they are the problem.
    if (!isInstalled && apt('update')) apt('install', '--no-install-recommends', ...packages);
  });
}

function apt(...args: readonly string[]): boolean {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { failed, stderr } = execaSync('apt-get', ['--yes', '--quiet', ...args], {
    env,
    stdin: 'ignore',
    reject: false,
  });
  if (failed) console.warn(`apt-get ${args.join(' ')} failed:\n${stderr}`);
  return !failed;
}

/** Debian asks `policy-rc.d` before it starts a service; 101 means no. Whatever was there before is put back. */
function withoutStartingServices(run: () => void): void {
  const aside = `${POLICY}.before-seaworthy`;
  const isThere = existsSync(POLICY);
  if (isThere) renameSync(POLICY, aside);
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    run();
  } finally {
    rmSync(POLICY, { force: true });
    if (isThere) renameSync(aside, POLICY);
  }
}

if (process.argv[1] === import.meta.filename) process.exitCode = installTools(findSources(ROOT)).length > 0 ? 1 : 0;
