/** What a measurement is worth depends on where it was made; nothing here tells whose machine it is. */
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../tools/root.ts';

export function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? 'an unknown processor';
  return `Node.js ${process.versions.node}, ${platform()}, ${processors.length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GB`;
}

/** What is measured is what is shipped: the bundle, built again when any source is newer. */
export function ensureBuilt(): void {
  const cli = join(ROOT, 'dist', 'cli.js');
  if (existsSync(cli) && statSync(cli).mtimeMs > newestSource()) return;
  execFileSync(process.execPath, ['--import', 'tsx', join(ROOT, 'tools', 'build.ts')], { cwd: ROOT, stdio: 'inherit' });
  if (!existsSync(cli)) throw new Error('the command line could not be built');
}

function newestSource(): number {
  const list = execFileSync(
    'git',
    ['ls-files', '-z', 'compiler', 'runtime', 'schemas', 'tools/build*', 'package.json'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  );
  const times = list
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(ROOT, path)))
    .map((path) => statSync(join(ROOT, path)).mtimeMs);
  return times.reduce((newest, time) => Math.max(newest, time), 0);
}
