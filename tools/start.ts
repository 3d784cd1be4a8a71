/**
 * `npm start`: compiles `spec/` and tries one system out on loopback, with embedded defaults and an echo in place of its services.
 *
 * Owns which system that is and the order of the two commands; what they do and print is the CLI's. Arguments go to `serve`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { ROOT } from './root.ts';

const cli = join(ROOT, 'dist', 'cli.js');
const forwarded = process.argv.slice(2);

if (!existsSync(cli)) stop(2, 'dist/cli.js is missing; run `npm run build` first');
process.chdir(ROOT);
const { exitCode } = await execa(process.execPath, [cli, 'compile'], { stdio: 'inherit', reject: false });
if (exitCode !== 0) process.exit(exitCode ?? 1);

// In this very process, so that Ctrl-C and a supervisor's signal reach the server and nobody in between.
// This one has every kind of limit, API keys and browser origins, so there is the most to try.
const chosen = forwarded.includes('--system') || forwarded.includes('--policy');
const system = chosen ? [] : ['--system', 'sentientiq', '--environment', 'development'];
process.argv = [process.execPath, cli, 'serve', '--echo', ...system, ...forwarded];
await import(pathToFileURL(cli).href);

function stop(status: number, message: string): never {
  console.error(message);
  process.exit(status);
}
