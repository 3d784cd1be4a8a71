/**
 * A real nginx for tests, on free ports, in a folder of its own.
 *
 * The test finds the program by `requireTool('nginx')` and is skipped without it. Whoever writes the configuration names
 * the ports; this starts it, waits until it answers, and ends it.
 */
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { takesConnection } from '../../compiler/testing/ports.ts';

type CleanUp = () => Promise<unknown>;

/** Makes the folder; workers of a privileged nginx run as another user and have to reach it. */
export function makeNginxFolder(later: (cleanUp: CleanUp) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-nginx-'));
  chmodSync(folder, 0o755);
  later(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts nginx with these files (path below the folder to text), of which `nginx.conf` is the first. */
export async function startNginx(
  program: string,
  options: { readonly folder: string; readonly files: Readonly<Record<string, string>>; readonly port: number },
  later: (cleanUp: CleanUp) => void,
): Promise<void> {
  const { folder, files, port } = options;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, 'temporary'), { recursive: true });
  const args = ['-p', `${folder}/`, '-c', 'nginx.conf', '-e', join(folder, 'error.log'), '-g', 'daemon off;'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  later(() => {
    child.kill('SIGTERM');
    return ended;
  });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await takesConnection(port)) return;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nginx did not start: ${said}`);
}

/** Directives that keep nginx within its folder. */
export const TEMPORARY_PATHS = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path temporary/${name};`)
  .join('\n');
