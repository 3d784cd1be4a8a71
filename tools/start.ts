/**
 * `npm start`: compiles `spec/` and serves its first system on loopback.
 *
 * Owns only the order of the two commands; what they do and print is the CLI's. Arguments go to `serve`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

const cli = join(ROOT, 'dist', 'cli.js');
const forwarded = process.argv.slice(2);

if (!existsSync(cli)) stop(2, 'dist/cli.js is missing; run `npm run build` first');
run('compile');
run('serve', ...(forwarded.includes('--system') ? [] : ['--system', firstSystem()]), ...forwarded);

function run(...args: readonly string[]): void {
  const { status, signal } = spawnSync(process.execPath, [cli, ...args], { cwd: ROOT, stdio: 'inherit' });
  // Ctrl-C is how a person ends `serve`: that is no failure of ours.
  if (status !== 0 && signal !== 'SIGINT') process.exit(status ?? 1);
}

function firstSystem(): string {
  const folders = readdirSync(join(ROOT, 'spec'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const [first] = folders.map(({ name }) => name).sort();
  return first ?? stop(2, 'spec/ holds no system');
}

function stop(status: number, message: string): never {
  console.error(message);
  process.exit(status);
}
