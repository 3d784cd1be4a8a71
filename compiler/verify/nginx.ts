/**
 * nginx -t: each generated folder is a configuration that nginx would start with.
 *
 * Owns the copy that is tested: certificates are self-signed ones made here, everything that differs from the edge host is put in by
 * `prepareForTest` of the nginx emitter. Nothing of the generated folder itself is touched, and nothing is listened on.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { prepareForTest } from '../emitters/nginx/prepare-for-test.ts';
import { findProgram, judgeByStatus, type Problem, runProgram, type VerifyTool } from './tool.ts';

const FOLDER = 'nginx/';

export const nginx: VerifyTool = {
  name: 'nginx',
  install: 'apt-get install nginx openssl',
  subjects: (files) =>
    files.includes('nginx/nginx.conf')
      ? [{ name: 'nginx', files: files.filter((path) => path.startsWith(FOLDER)) }]
      : [],
  async run(program, folder, { files }) {
    const directory = await mkdtemp(join(tmpdir(), 'seaworthy-nginx-'));
    try {
      return await testCopy(program, await readTexts(folder, files), directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

async function testCopy(
  program: string,
  texts: Readonly<Record<string, string>>,
  directory: string,
): Promise<readonly Problem[]> {
  const { files, folders, certificates } = prepareForTest(texts, { directory, ports: freePorts(texts) });
  for (const folder of folders) await mkdir(join(directory, folder), { recursive: true });
  for (const { certificate, key, host } of certificates) {
    const made = await makeCertificate(certificate, key, host);
    if (made !== undefined) return [made];
  }
  const copy = join(directory, 'nginx');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(copy, path)), { recursive: true });
    await writeFile(join(copy, path), text);
  }
  const end = await runProgram(program, ['-t', '-q', '-p', `${copy}/`, '-c', 'nginx.conf'], copy);
  return judgeByStatus({ ...end, output: end.output.replaceAll(`${copy}/`, FOLDER) });
}

/** A certificate that cannot be made says nothing about the configuration. */
async function makeCertificate(certificate: string, key: string, host: string): Promise<Problem | undefined> {
  const openssl = findProgram('openssl');
  if (openssl === undefined)
    return { kind: 'unjudged', output: 'openssl is missing, which makes the certificates for the test' };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const args = [
    'req',
    '-x509',
    ...curve,
    '-days',
    '1',
    '-subj',
    `/CN=${host.slice(0, 64)}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ];
  const { isOk, output } = await runProgram(openssl, args, dirname(key));
  return isOk ? undefined : { kind: 'unjudged', output: `openssl made no certificate for the test\n${output}` };
}

/** nginx -t opens every port; those below 1024 are root's, and the usual ones of pods may be taken here. */
function freePorts(texts: Readonly<Record<string, string>>): Record<number, number> {
  const lines = Object.values(texts).flatMap((text) => [...text.matchAll(/^\s*listen (?:\S+:)?(\d+)/gm)]);
  const ports = lines.map(([, port]) => Number(port)).filter((port) => port < 20_000);
  return Object.fromEntries(ports.map((port) => [port, port + 20_000]));
}

async function readTexts(folder: string, files: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const entries = files.map(async (path) => [path.slice(FOLDER.length), await readFile(join(folder, path), 'utf8')]);
  return Object.fromEntries(await Promise.all(entries));
}
