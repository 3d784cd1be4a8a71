/**
 * Holds compiled files against the real nginx and the real promtool.
 *
 * Owns the folder in which they run, and one certificate that stands for all. Relies on `prepare-for-test.ts` for the rest.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareForTest } from '../../emitters/nginx/prepare-for-test.ts';
import { requireTool } from '../real-tools.ts';

export type Files = ReadonlyMap<string, string>;

/** What nginx says against the edge of an environment; empty when it takes it. */
export function holdWithNginx(files: Files): string {
  const edge = [...files].filter(([path]) => path.startsWith('nginx/'));
  if (edge.length === 0) return '';
  return inFolder((folder) => {
    const own = Object.fromEntries(edge.map(([path, text]) => [path.slice('nginx/'.length), text]));
    const prepared = prepareForTest(own, { directory: folder });
    for (const path of prepared.folders) mkdirSync(join(folder, path), { recursive: true });
    for (const [path, text] of Object.entries(prepared.files)) write(join(folder, 'conf', path), text);
    const { certificate, key } = makeCertificate();
    for (const entry of prepared.certificates) {
      write(entry.certificate, certificate);
      write(entry.key, key);
    }
    const run = spawnSync(requireTool('nginx'), ['-t', '-q', '-p', folder, '-c', join(folder, 'conf', 'nginx.conf')], {
      encoding: 'utf8',
    });
    return run.status === 0 ? '' : run.stderr.replaceAll(folder, '');
  });
}

/** What promtool says against rule files of many environments; empty when it takes them all. */
export function holdWithPromtool(environments: readonly Files[]): string {
  return inFolder((folder) => {
    const names = environments.flatMap((files, index) =>
      [...files]
        .filter(([path]) => /^prometheus\/rules\/.*\.yaml$/.test(path))
        .map(([path, text]) => {
          const name = join(folder, `${index}-${path.replaceAll('/', '-')}`);
          writeFileSync(name, text);
          return name;
        }),
    );
    if (names.length === 0) return '';
    const run = spawnSync(requireTool('promtool'), ['check', 'rules', ...names], { encoding: 'utf8' });
    return run.status === 0 ? '' : run.stderr.replaceAll(folder, '');
  });
}

function inFolder<T>(body: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-targets-'));
  try {
    return body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

let made: { readonly certificate: string; readonly key: string } | undefined;

/** Self-signed, made once: nginx only reads it. */
function makeCertificate(): { readonly certificate: string; readonly key: string } {
  made ??= (() => {
    const words =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=any -keyout - -out -';
    const pem = execFileSync('openssl', words.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n/.exec(pem)?.[0] ?? '';
    return { certificate, key: pem.replace(certificate, '') };
  })();
  return made;
}
