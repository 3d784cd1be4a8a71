/**
 * `npm start`: compiles `spec/` and serves its first system on loopback.
 *
 * Owns only the order of the two commands; what they do and print is the CLI's. Arguments go to `serve`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './root.ts';

const cli = join(ROOT, 'dist', 'cli.js');
const forwarded = process.argv.slice(2);

if (!existsSync(cli)) stop(2, 'dist/cli.js is missing; run `npm run build` first');
process.chdir(ROOT);
const { status } = spawnSync(process.execPath, [cli, 'compile'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

// In this very process, so that Ctrl-C and a supervisor's signal reach the server and nobody in between.
const system = forwarded.includes('--system') ? [] : ['--system', firstSystem()];
process.argv = [process.execPath, cli, 'serve', ...system, ...forwarded];
await import(pathToFileURL(cli).href);

function firstSystem(): string {
  const folders = readdirSync(join(ROOT, 'spec'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const [first] = folders.map(({ name }) => name).sort();
  return first ?? stop(2, 'spec/ holds no system');
}

function stop(status: number, message: string): never {
  console.error(message);
  process.exit(status);
}
